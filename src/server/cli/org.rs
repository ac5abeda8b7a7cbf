use clap::Subcommand;
use serde_json::json;

use crate::server::access::Actor;
use crate::server::clock::Clock;
use crate::server::config::Config;
use crate::server::{Error, Result, accounts};

#[derive(Subcommand)]
pub enum Command {
    /// Make an organisation
    Create {
        name: String,
        /// The e-mail address of the account that will own it
        #[arg(long)]
        owner: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// List all organisations
    List {
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    match command {
        Command::Create { name, owner, json } => {
            let owner = match owner {
                Some(email) => Some(accounts::find_user_by_email(&db, &email).await?.ok_or_else(|| Error::not_found("account"))?.id),
                None => None,
            };
            let id = accounts::create_org(&db, &name, owner.as_ref(), false, &Actor::command_line(), Clock::default().now()).await?;
            if json {
                println!("{}", json!({ "id": id, "name": name }));
            } else {
                println!("Made the organisation {name}: {id}");
            }
        }
        Command::List { json } => {
            let orgs = accounts::list_orgs(&db).await?;
            if json {
                println!("{}", serde_json::to_string(&orgs)?);
            } else {
                for org in orgs {
                    println!("{}  {:>3} members  {}  {}", org.id, org.members, org.created_at.day(), org.name);
                }
            }
        }
    }
    db.close().await;
    Ok(())
}
