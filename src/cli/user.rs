use std::io::{IsTerminal, Read};

use clap::Subcommand;
use serde_json::json;

use crate::server::config::Config;
use crate::server::{Error, Result, accounts};
use crate::types::code::Code;

#[derive(Subcommand)]
pub enum Command {
    /// Create an account with a verified address
    Create {
        email: String,
        #[arg(long)]
        name: Option<String>,
        /// Make the account an operator, who can publish products and see all organisations
        #[arg(long)]
        operator: bool,
        #[command(flatten)]
        password: Password,
        #[arg(long)]
        json: bool,
    },
    /// Set an account's password and end its sessions
    SetPassword {
        email: String,
        #[command(flatten)]
        password: Password,
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
pub struct Password {
    /// The password; without it, it is read from standard input, which other users of the machine
    /// cannot see
    #[arg(long)]
    password: Option<String>,
}

impl Password {
    fn read(self) -> Result<String> {
        if let Some(password) = self.password {
            return Ok(password);
        }
        if std::io::stdin().is_terminal() {
            let detail =
                "Pass --password, or pipe the password in: a password typed here would be visible.";
            return Err(Error::new(Code::InvalidRequest, detail));
        }
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let now = config.clock().now();
    match command {
        Command::Create { email, name, operator, password, json } => {
            // A dot would make the start of some addresses look like a domain, which names may not
            // contain.
            let name = name
                .unwrap_or_else(|| email.split('@').next().unwrap_or_default().replace('.', " "));
            let new = accounts::NewUser {
                name,
                email: email.clone(),
                password: password.read()?,
                is_operator: operator,
                verified: true,
            };
            let id = accounts::create_user(&db, new, now).await?;
            if json {
                println!("{}", json!({ "id": id, "email": email, "operator": operator }));
            } else {
                println!("Created the account {email}: {id}");
            }
        }
        Command::SetPassword { email, password, json } => {
            accounts::set_password(&db, &email, &password.read()?, now).await?;
            if json {
                println!("{}", json!({ "email": email }));
            } else {
                println!("Set the password of {email} and ended its sessions.");
            }
        }
    }
    db.close().await;
    Ok(())
}
