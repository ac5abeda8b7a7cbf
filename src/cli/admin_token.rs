use clap::Subcommand;

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::{Result, admin};
use crate::types::id::AdminTokenId;

#[derive(Subcommand)]
pub enum Command {
    /// Create a token and print it; it is shown only once
    Create {
        #[arg(long, default_value = "Command line")]
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// List all tokens, without their secrets
    List {
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token permanently
    Revoke {
        /// The token's id
        id: AdminTokenId,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let (operator, now) = (Operator::command_line(), config.clock().now());
    match command {
        Command::Create { name, json } => {
            let created = admin::create_token(&db, &operator, &name, now).await?;
            if json {
                println!("{}", serde_json::to_string(&created)?);
            } else {
                println!("{}", created.token);
            }
        }
        Command::List { json } => {
            let tokens = admin::list_tokens(&db, &operator).await?;
            if json {
                println!("{}", serde_json::to_string(&tokens)?);
            } else {
                for token in tokens {
                    let used = token.last_used_at.map_or_else(
                        || "never used".to_owned(),
                        |at| format!("used {}", at.long()),
                    );
                    let state = if token.revoked_at.is_some() { "revoked" } else { "active" };
                    println!("{}  {}  {state:7}  {used}  {}", token.id, token.prefix, token.name);
                }
            }
        }
        Command::Revoke { id, json } => {
            let token = admin::revoke_token(&db, &operator, &id, now).await?;
            if json {
                println!("{}", serde_json::to_string(&token)?);
            } else {
                println!("Revoked {} ({}).", token.prefix, token.name);
            }
        }
    }
    db.close().await;
    Ok(())
}
