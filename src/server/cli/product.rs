mod import;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::server::access::Operator;
use crate::server::clock::Clock;
use crate::server::config::Config;
use crate::server::{Result, products};
use crate::types::change::VersionDiff;
use crate::types::product::{AdminProduct, ProductId};

#[derive(Subcommand)]
pub enum Command {
    /// Register a product from an OpenAPI document, or give it a new one
    Import(Box<import::Args>),
    /// List all products
    List {
        #[arg(long)]
        json: bool,
    },
    /// Show a product with its settings
    Show {
        id: ProductId,
        #[arg(long)]
        json: bool,
    },
    /// List the documents that a product has had, the newest first
    Versions {
        id: ProductId,
        #[arg(long)]
        json: bool,
    },
    /// Compare two documents that a product has had, and name the keys that called what breaks in the last 30 days
    Diff {
        id: ProductId,
        /// A version's number; default: the one before TO
        from: Option<u64>,
        /// Default: the active version
        to: Option<u64>,
        #[arg(long)]
        json: bool,
    },
    /// Take a product and its documents away; its usage, logs and plans stay
    Remove {
        id: ProductId,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let db = super::open(config).await?;
    let (operator, now) = (Operator::command_line(), Clock::default().now());
    let mut code = ExitCode::SUCCESS;
    match command {
        Command::Import(args) => code = import::run(config, &db, *args, now).await?,
        Command::List { json } => {
            let all = products::list(&db, &operator).await?;
            if json {
                println!("{}", serde_json::to_string(&all)?);
            } else {
                all.iter().for_each(|product| println!("{}", line(product)));
            }
        }
        Command::Show { id, json } => {
            let product = products::get(&db, &operator, id.as_str()).await?;
            if json {
                println!("{}", serde_json::to_string(&product)?);
            } else {
                println!("{}", line(&product));
                println!(
                    "{:#}",
                    json!({
                        "base_url": product.base_url, "sandbox_url": product.sandbox_url, "source_url": product.source_url,
                        "fetch_error": product.fetch_error, "settings": product.settings,
                    })
                );
            }
        }
        Command::Versions { id, json } => {
            products::get(&db, &operator, id.as_str()).await?;
            let versions = products::versions(&db, &operator, id.as_str()).await?;
            if json {
                println!("{}", serde_json::to_string(&versions)?);
            } else {
                for version in versions {
                    let mark = if version.is_active { "active" } else { "" };
                    println!(
                        "{:>4}  {}  {:>4} operations  {}  {mark}",
                        version.revision, version.created_at, version.operations, version.version
                    );
                }
            }
        }
        Command::Diff { id, from, to, json } => {
            products::get(&db, &operator, id.as_str()).await?;
            let diff = products::compare(&db, &operator, id.as_str(), from, to, now).await?;
            if json {
                println!("{}", serde_json::to_string(&diff)?);
            } else {
                println!("Version {} to {}", diff.from, diff.to);
                print_diff(&diff);
            }
        }
        Command::Remove { id, json } => {
            products::remove(&db, &operator, &id, now).await?;
            if json {
                println!("{}", json!({ "id": id, "removed": true }));
            } else {
                println!("Removed {id}.");
            }
        }
    }
    db.close().await;
    Ok(code)
}

fn line(product: &AdminProduct) -> String {
    let view = &product.view;
    let sandbox = product.sandbox_url.as_deref().unwrap_or("mock");
    format!(
        "{}  {} {} (revision {})  {} operations  {}  live {}  sandbox {sandbox}",
        view.id,
        view.name,
        view.version,
        view.revision,
        view.operations,
        view.status.as_str(),
        product.base_url
    )
}

fn print_diff(diff: &VersionDiff) {
    for change in &diff.changes {
        let kind = if change.breaking { "breaking" } else { "other" };
        println!("{kind:8}  {}  {}", change.operation.as_deref().unwrap_or("-"), change.message);
    }
    for key in &diff.affected {
        println!("calls it  {}  {}  {}  {} calls of {}", key.org_name, key.key_prefix, key.key_name, key.calls, key.operations.join(", "));
    }
}
