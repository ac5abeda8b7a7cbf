use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use tollgate_proxy::outbound::{Outbound, Resolver};

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::products::{self, Registration};
use crate::server::{Error, Result};
use crate::types::product::{
    EncodedSlashes, ProductId, ProductSettings, ProductStatus, Validation,
};
use crate::types::time::Timestamp;

#[derive(clap::Args)]
pub struct Args {
    /// A file, a folder, a ZIP archive, or the URL of the document. Files that it refers to are
    /// read as well. Tollgate checks a URL for changes every hour
    source: String,
    /// The product's id, part of scopes and URLs: lower-case letters, digits and hyphens
    #[arg(long)]
    id: ProductId,
    /// Default for a new product: the document's title
    #[arg(long)]
    name: Option<String>,
    /// Description in Markdown; default: the document's description
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    category: Option<String>,
    #[arg(long, value_delimiter = ',')]
    tags: Option<Vec<String>>,
    /// Status: active, beta or deprecated
    #[arg(long)]
    status: Option<ProductStatus>,
    /// Base URL of live calls; default for a new product: the first server in the document
    #[arg(long)]
    base_url: Option<String>,
    /// Base URL of sandbox calls, or mock for the built-in mock
    #[arg(long, value_name = "URL|mock")]
    sandbox_url: Option<String>,
    /// What to do with requests that do not match the document: off, warn or enforce
    #[arg(long)]
    validation: Option<Validation>,
    /// Allow calls to paths that the document does not declare; =false turns this off
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_undeclared: Option<bool>,
    /// The product's server processes each Idempotency-Key once per organisation, so Tollgate may
    /// send a call that got no response again; =false turns this off
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    honours_idempotency_key: Option<bool>,
    /// What to do with calls whose path has an encoded slash (%2F) or backslash: refuse or allow
    #[arg(long)]
    encoded_slashes: Option<EncodedSlashes>,
    /// Pass on headers that override the method or path, such as X-HTTP-Method-Override, which
    /// bypass scopes; =false turns this off
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_override_headers: Option<bool>,
    /// Refuse a document that deviates from the OpenAPI standard, even without harm
    #[arg(long)]
    strict: bool,
    /// Do not store the URL, and do not check it for changes
    #[arg(long)]
    once: bool,
    #[arg(long)]
    json: bool,
}

pub async fn run(config: &Config, db: &Db, args: Args, now: Timestamp) -> Result<ExitCode> {
    let (id, json) = (args.id.clone(), args.json);
    let published = match import(config, db, args, now).await {
        // With --json, programs get every fault in the output.
        Err(Error::Problem(problem)) if json => {
            println!(
                "{}",
                json!({ "code": problem.code, "detail": problem.detail, "errors": problem.errors })
            );
            return Ok(ExitCode::FAILURE);
        }
        other => other?,
    };
    if json {
        println!(
            "{}",
            json!({
                "is_new": published.is_new, "is_changed": published.is_changed, "product": published.product, "diff": published.diff,
                "problems": published.problems, "warnings": published.warnings.listed,
                "more_warnings": published.warnings.more,
            })
        );
    } else {
        let what = match (published.is_new, published.is_changed) {
            (true, _) => "Registered",
            (false, true) => "Replaced the document of",
            (false, false) => "No change to the document of",
        };
        println!("{what} {id}. {}", super::line(&published.product));
        published.diff.iter().for_each(super::print_diff);
        if !published.problems.is_empty() {
            println!(
                "Warning: some parts of the schemas cannot be read. Values that depend on them are not checked:"
            );
        }
        published
            .problems
            .iter()
            .for_each(|problem| println!("  {}  {}", problem.pointer, problem.message));
        super::print_warnings(&published.warnings);
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    config: &Config,
    db: &Db,
    args: Args,
    now: Timestamp,
) -> Result<products::Published> {
    let operator = Operator::command_line();
    let is_url = args.source.starts_with("http://") || args.source.starts_with("https://");
    let document = if is_url {
        products::fetch(&Outbound::new(config.outbound, Resolver::default()), &args.source).await?
    } else {
        products::local_document(Path::new(&args.source))?.0
    };
    let changes_settings = args.validation.is_some()
        || args.allow_undeclared.is_some()
        || args.honours_idempotency_key.is_some()
        || args.encoded_slashes.is_some()
        || args.allow_override_headers.is_some();
    let settings = if changes_settings {
        let known = products::list(db, &operator)
            .await?
            .into_iter()
            .find(|product| product.view.id == args.id.as_str());
        let before = known.map_or_else(ProductSettings::default, |product| product.settings);
        Some(ProductSettings {
            validation: args.validation.unwrap_or(before.validation),
            allow_undeclared: args.allow_undeclared.unwrap_or(before.allow_undeclared),
            honours_idempotency_key: args
                .honours_idempotency_key
                .unwrap_or(before.honours_idempotency_key),
            encoded_slashes: args.encoded_slashes.unwrap_or(before.encoded_slashes),
            allow_override_headers: args
                .allow_override_headers
                .unwrap_or(before.allow_override_headers),
            ..before
        })
    } else {
        None
    };
    let wanted = Registration {
        must_be_new: false,
        document: Some(document),
        is_strict: args.strict,
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
