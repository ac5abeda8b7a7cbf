pub mod import;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::sealer::Sealer;
use crate::server::{Result, products};
use crate::types::change::VersionDiff;
use crate::types::number::plural;
use crate::types::product::{AdminProduct, ProductId, SigningSecret};
use crate::types::rotation::Overlap;

#[derive(Subcommand)]
pub enum Command {
    /// Create a product from an OpenAPI document, or replace the document of an existing product
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
    /// List all versions of a product's document, newest first
    Versions {
        id: ProductId,
        #[arg(long)]
        json: bool,
    },
    /// Compare two versions of a product's document, and list the keys that called a broken
    /// operation in the last 30 days
    Diff {
        id: ProductId,
        /// Number of the older version; default: the version before TO
        from: Option<u64>,
        /// Number of the newer version; default: the active version
        to: Option<u64>,
        #[arg(long)]
        json: bool,
    },
    /// Show the secrets that sign requests to a product's server, newest first
    SigningSecret {
        id: ProductId,
        #[arg(long)]
        json: bool,
    },
    /// Create a new signing secret; the current one stays valid until the overlap ends
    RotateSigningSecret {
        id: ProductId,
        /// How long the older secrets stay valid: now, 1h, 24h, 72h, 7d or 30d
        #[arg(long, default_value_t)]
        overlap: Overlap,
        #[arg(long)]
        json: bool,
    },
    /// Retire a product on a date: subscribers are notified, and their subscriptions end on that
    /// date
    Retire {
        id: ProductId,
        /// The first day (UTC) on which the product is not available, such as 2027-01-31
        #[arg(long, required_unless_present = "cancel", conflicts_with = "cancel")]
        on: Option<String>,
        /// Cancel the retirement
        #[arg(long)]
        cancel: bool,
        #[arg(long)]
        json: bool,
    },
    /// Remove a product without paying subscribers, and its documents; usage, logs and plans are
    /// kept
    Remove {
        id: ProductId,
        /// End its subscriptions immediately, unless Stripe bills one of them
        #[arg(long)]
        end_subscriptions: bool,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let db = super::open(config).await?;
    let (operator, now) = (Operator::command_line(), config.clock().now());
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
                        "{:>4}  {}  {:>15}  {}  {mark}",
                        version.revision,
                        version.created_at,
                        plural(version.operations, "operation", "operations"),
                        version.version
                    );
                }
            }
        }
        Command::Diff { id, from, to, json } => {
            products::get(&db, &operator, id.as_str()).await?;
            let mut diff =
                products::compare(&db, &operator, id.as_str(), (from, to), "", now).await?;
            // All organisations, page by page.
            while let Some(after) = diff.next_cursor.take() {
                let more = products::compare(
                    &db,
                    &operator,
                    id.as_str(),
                    (Some(diff.from), Some(diff.to)),
                    &after,
                    now,
                )
                .await?;
                diff.affected.extend(more.affected);
                diff.next_cursor = more.next_cursor;
            }
            if json {
                println!("{}", serde_json::to_string(&diff)?);
            } else {
                println!("Version {} to {}", diff.from, diff.to);
                print_diff(&diff);
            }
        }
        Command::Retire { id, on, cancel: _, json } => {
            let on = products::form::day(on.as_deref().unwrap_or_default())?;
            let product = products::retire(&db, config, &operator, &id, on, now).await?;
            if json {
                println!("{}", serde_json::to_string(&product)?);
            } else {
                println!(
                    "{}",
                    on.map_or_else(
                        || format!("{id} is not retired."),
                        |on| format!("{id} is retired on {}.", on.day())
                    )
                );
            }
        }
        Command::SigningSecret { id, json } => {
            let secrets =
                products::reveal_secrets(&db, &sealer(config)?, &operator, &id, now).await?;
            if json {
                println!("{}", serde_json::to_string(&secrets)?);
            } else {
                secrets.iter().for_each(|secret| println!("{}", secret_line(secret)));
            }
        }
        Command::RotateSigningSecret { id, overlap, json } => {
            let secret =
                products::rotate_secret(&db, &sealer(config)?, &operator, &id, overlap, now)
                    .await?;
            if json {
                println!("{}", serde_json::to_string(&secret)?);
            } else {
                println!("{}", secret_line(&secret));
            }
        }
        Command::Remove { id, end_subscriptions, json } => {
            if end_subscriptions {
                products::end_subscriptions(&db, &operator, &id, now).await?;
            }
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

/// The key that the server encrypts secrets with. A new key could not decrypt the existing secrets.
fn sealer(config: &Config) -> Result<Sealer> {
    let missing = "the key that encrypts secrets was not found: set TOLLGATE_SECRET_KEY, or run this command with the server's data folder";
    Ok(Sealer::find_key(config.secret_key.as_ref(), &config.data_dir)?
        .ok_or_else(|| anyhow::anyhow!(missing))?)
}

fn secret_line(secret: &SigningSecret) -> String {
    let until = secret
        .expires_at
        .map_or_else(|| "until it is rotated".to_owned(), |at| format!("until {at}"));
    format!("{}  {}  {until}", secret.secret, secret.created_at)
}

fn line(product: &AdminProduct) -> String {
    let view = &product.view;
    let sandbox = product.sandbox_url.as_deref().unwrap_or("mock");
    format!(
        "{}  {} {} (revision {})  {}  {}  live {}  sandbox {sandbox}",
        view.id,
        view.name,
        view.version,
        view.revision,
        plural(view.operations, "operation", "operations"),
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
        println!(
            "calls it  {}  {}  {}  {} of {}",
            key.org_name,
            key.key_prefix,
            key.key_name,
            plural(key.calls, "call", "calls"),
            key.operations.join(", ")
        );
    }
    if diff.next_cursor.is_some() {
        println!(
            "calls it  and keys of other organisations: `tollgate product diff` lists all of them"
        );
    }
}
