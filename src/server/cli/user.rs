use std::io::{IsTerminal, Read};

use clap::Subcommand;
use serde_json::json;

use crate::server::clock::Clock;
use crate::server::config::Config;
use crate::server::{Error, Result, accounts};
use crate::types::code::Code;

#[derive(Subcommand)]
pub enum Command {
    /// Make an account, whose address counts as verified
    Create {
        email: String,
        #[arg(long)]
        name: Option<String>,
        /// May publish products and see all organisations
        #[arg(long)]
        operator: bool,
        #[command(flatten)]
        password: Password,
        #[arg(long)]
        json: bool,
    },
    /// Set a person's password and end their sessions
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
            let detail = "Give --password, or pipe the password in: what is typed here would be shown.";
            return Err(Error::new(Code::InvalidRequest, detail));
        }
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let now = Clock::default().now();
    match command {
        Command::Create { email, name, operator, password, json } => {
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            let new = accounts::NewUser { name, email: email.clone(), password: password.read()?, is_operator: operator, verified: true };
            let id = accounts::create_user(&db, new, now).await?;
            if json {
                println!("{}", json!({ "id": id, "email": email, "operator": operator }));
            } else {
                println!("Made the account {email}: {id}");
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
