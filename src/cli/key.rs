use clap::Subcommand;

use crate::server::access::{ManageKeys, Permit, ReadKeys};
use crate::server::config::{Config, Rate};
use crate::server::keys::KeyChange;
use crate::server::keys::form::create_from;
use crate::server::{Error, Result, accounts, keys};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::KeyInput;
use crate::types::rotation::Overlap;
use crate::types::scope::PLATFORM;

#[derive(Subcommand)]
pub enum Command {
    /// Create a key and print it; it is shown only once
    Create {
        /// The organisation's id
        #[arg(long)]
        org: OrgId,
        #[arg(long, default_value = "Command line")]
        name: String,
        #[arg(long, default_value = "sandbox")]
        environment: Environment,
        /// Scopes, separated by commas; default: all scopes of the platform
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<String>,
        /// Days until the key expires; default: never
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_in_days: Option<u32>,
        /// Addresses and networks (CIDR) that may use the key, separated by commas; default: any
        /// address
        #[arg(long, value_delimiter = ',', value_parser = ip_entry)]
        ip: Vec<String>,
        /// A rate limit for this key, as CALLS/SECONDS; it can only be stricter than the plan's and
        /// the server's limits
        #[arg(long)]
        rate_limit: Option<Rate>,
        /// The most that the key's calls may cost per calendar month, in the organisation's billing
        /// currency, such as 50 or 12.50
        #[arg(long, value_name = "AMOUNT")]
        spend_cap: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Create a new key with the same settings to replace this one, and print it
    Rotate {
        /// The key's id
        id: KeyId,
        /// The organisation's id
        #[arg(long)]
        org: OrgId,
        /// How long the old key keeps working: now, 1h, 24h, 72h, 7d or 30d
        #[arg(long, default_value_t)]
        overlap: Overlap,
        #[arg(long)]
        json: bool,
    },
    /// List an organisation's keys, without their secrets
    List {
        /// The organisation's id
        #[arg(long)]
        org: OrgId,
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key permanently
    Revoke {
        /// The key's id
        id: KeyId,
        /// The organisation's id
        #[arg(long)]
        org: OrgId,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let now = config.clock().now();
    match command {
        Command::Create {
            org,
            name,
            environment,
            scopes,
            expires_in_days,
            ip,
            rate_limit,
            spend_cap,
            json,
        } => {
            accounts::find_org(&db, &org).await?.ok_or_else(|| Error::not_found("organisation"))?;
            let scopes = if scopes.is_empty() { all_scopes() } else { scopes };
            let input = KeyInput {
                name,
                ip_allow_list: ip.join(","),
                rate_limit: rate_limit.map(|rate| rate.to_string()).unwrap_or_default(),
                spend_cap: spend_cap.unwrap_or_default(),
            };
            let created =
                create_from(&db, &permit(&org), environment, scopes, expires_in_days, input, now)
                    .await?;
            if json {
                println!("{}", serde_json::to_string(&created)?);
            } else {
                println!("{}", created.key);
            }
        }
        Command::Rotate { id, org, overlap, json } => {
            let rotated = keys::rotate_key(&db, &permit(&org), &id, overlap, now).await?;
            if json {
                println!("{}", serde_json::to_string(&rotated)?);
            } else {
                println!("{}", rotated.created.key);
            }
        }
        Command::List { org, json } => {
            let permit = Permit::<ReadKeys>::for_command_line(org);
            let (mut all, mut cursor) = (Vec::new(), None);
            loop {
                let page = keys::list_keys(&db, &permit, None, cursor.as_ref(), 100, now).await?;
                all.extend(page.data);
                match page.next_cursor {
                    Some(next) => cursor = Some(next.parse().map_err(anyhow::Error::from)?),
                    None => break,
                }
            }
            if json {
                println!("{}", serde_json::to_string(&all)?);
            } else {
                for key in all {
                    println!("{}  {}  {:8}  {}", key.id, key.prefix, key.state.as_str(), key.name);
                }
            }
        }
        Command::Revoke { id, org, json } => {
            let key = keys::change_key(&db, &permit(&org), &id, KeyChange::Revoke, now).await?;
            if json {
                println!("{}", serde_json::to_string(&key)?);
            } else {
                println!("Revoked {} ({}).", key.prefix, key.name);
            }
        }
    }
    db.close().await;
    Ok(())
}

/// Refuses an empty entry: an empty variable in a script must not create a key for all addresses.
fn ip_entry(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("must be an address or a network such as 203.0.113.0/24")
    } else {
        Ok(text.to_owned())
    }
}

fn permit(org: &OrgId) -> Permit<ManageKeys> {
    Permit::for_command_line(org.clone())
}

fn all_scopes() -> Vec<String> {
    PLATFORM.iter().map(|(scope, _)| (*scope).to_owned()).collect()
}
