use std::fs::File;
use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::outbound::{Outbound, Resolver};
use crate::server::products::{self, Registration};
use crate::server::spec::MAX_DOCUMENT;
use crate::server::{Error, Result};
use crate::types::product::{ProductId, ProductSettings, ProductStatus, Validation};
use crate::types::time::Timestamp;

#[derive(clap::Args)]
pub struct Args {
    /// A file, or the URL that the document is published at, which is then looked at again every hour
    source: String,
    /// Part of scopes and URLs: small letters, digits and hyphens
    #[arg(long)]
    id: ProductId,
    /// Default for a new product: the document's title
    #[arg(long)]
    name: Option<String>,
    /// Markdown; default: the document's
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    category: Option<String>,
    #[arg(long, value_delimiter = ',')]
    tags: Option<Vec<String>>,
    /// active, beta or deprecated
    #[arg(long)]
    status: Option<ProductStatus>,
    /// Where live calls go; default for a new product: the document's first server
    #[arg(long)]
    base_url: Option<String>,
    /// Where sandbox calls go, or mock for the built-in mock
    #[arg(long, value_name = "URL|mock")]
    sandbox_url: Option<String>,
    /// What is done with requests that the document does not allow: off, warn or enforce
    #[arg(long)]
    validation: Option<Validation>,
    /// Let calls to paths that the document does not declare through; =false takes it back
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_undeclared: Option<bool>,
    /// Do not remember the URL
    #[arg(long)]
    once: bool,
    #[arg(long)]
    json: bool,
}

pub async fn run(config: &Config, db: &Db, args: Args, now: Timestamp) -> Result<ExitCode> {
    let (id, json) = (args.id.clone(), args.json);
    let published = match import(config, db, args, now).await {
        // For programs, with every fault where they look for the answer.
        Err(Error::Problem(problem)) if json => {
            println!("{}", json!({ "code": problem.code, "detail": problem.detail, "errors": problem.errors }));
            return Ok(ExitCode::FAILURE);
        }
        other => other?,
    };
    if json {
        println!(
            "{}",
            json!({
                "is_new": published.is_new, "is_changed": published.is_changed, "product": published.product, "diff": published.diff,
            })
        );
    } else {
        let what = match (published.is_new, published.is_changed) {
            (true, _) => "Registered",
            (false, true) => "Gave a new document to",
            (false, false) => "Kept the document of",
        };
        println!("{what} {id}. {}", super::line(&published.product));
        published.diff.iter().for_each(super::print_diff);
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(config: &Config, db: &Db, args: Args, now: Timestamp) -> Result<products::Published> {
    let operator = Operator::command_line();
    let is_url = args.source.starts_with("http://") || args.source.starts_with("https://");
    let document = if is_url {
        products::fetch(&Outbound::new(config.outbound, Resolver::default()), &args.source).await?
    } else {
        read_file(&args.source)?
    };
    let settings = if args.validation.is_some() || args.allow_undeclared.is_some() {
        let known = products::list(db, &operator).await?.into_iter().find(|product| product.view.id == args.id.as_str());
        let before = known.map_or_else(ProductSettings::default, |product| product.settings);
        Some(ProductSettings {
            validation: args.validation.unwrap_or(before.validation),
            allow_undeclared: args.allow_undeclared.unwrap_or(before.allow_undeclared),
            ..before
        })
    } else {
        None
    };
    let wanted = Registration {
        document: Some(document),
        name: args.name,
        description: args.description,
        category: args.category,
        tags: args.tags,
        status: args.status,
        base_url: args.base_url,
        sandbox_url: args.sandbox_url.map(|url| Some(url).filter(|url| url != "mock")),
        source_url: (is_url && !args.once).then_some(Some(args.source)),
        settings,
    };
    products::publish(db, config, &operator, &args.id, wanted, now).await
}

/// One byte more than a document may have is enough to see that it is too large.
fn read_file(path: &str) -> Result<Vec<u8>> {
    let mut document = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot open {path}"))?;
    file.take(MAX_DOCUMENT as u64 + 1).read_to_end(&mut document).with_context(|| format!("cannot read {path}"))?;
    Ok(document)
}
