//! Checks everything that a server needs, and says how to fix each problem.

mod data;

use std::process::ExitCode;
use std::time::Duration;

use data::{data_folder, database, files};
use serde::Serialize;
use tokio::net::TcpStream;
use url::Url;

use crate::server::billing::{self, Checked};
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::shared::{Found, inspect};
use crate::server::{Result, mail};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Warning,
    Failed,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    outcome: Outcome,
    /// What was found and, if something is wrong, how to fix it.
    detail: String,
}

impl Check {
    fn new(name: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { name, outcome, detail: detail.into() }
    }
}

pub async fn run(config: &Config, args: &Args) -> Result<ExitCode> {
    // Checked first: opening the database repairs file modes.
    let files = files(config);
    let [database, journal, secrets, schemas] = database(config).await;
    let checks = [
        configuration(config),
        data_folder(config),
        files,
        database,
        journal,
        secrets,
        schemas,
        redis(config).await,
        browser_url(config),
        mail_server(config).await,
        payments(config).await,
    ];
    if args.json {
        println!("{}", serde_json::to_string(&checks)?);
    } else {
        for check in &checks {
            let mark = match check.outcome {
                Outcome::Ok => "ok     ",
                Outcome::Warning => "warning",
                Outcome::Failed => "FAILED ",
            };
            println!("{mark}  {:13}  {}", check.name, check.detail);
        }
    }
    let failed = checks.iter().any(|check| check.outcome == Outcome::Failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn configuration(config: &Config) -> Check {
    match config.check() {
        Ok(()) => Check::new("configuration", Outcome::Ok, format!("listens on {}", config.addr)),
        Err(error) => Check::new("configuration", Outcome::Failed, super::plain(&error)),
    }
}

async fn redis(config: &Config) -> Check {
    let Some(url) = &config.redis.redis_url else {
        return Check::new(
            "Redis",
            Outcome::Ok,
            "not used: a single instance does not need it; several instances each apply limits \
             separately",
        );
    };
    match inspect(url, &config.clock()).await {
        Ok(Found { version, fault: None }) => {
            Check::new("Redis", Outcome::Ok, format!("{version} runs Tollgate's script"))
        }
        Ok(Found { version, fault: Some(fault) }) => {
            Check::new("Redis", Outcome::Warning, format!("{version}: {fault}"))
        }
        Err(cause) => {
            let detail = format!(
                "{cause}: check REDIS_URL, and that the user may run scripts and write. Until this \
                 works, instances do not share limits"
            );
            Check::new("Redis", Outcome::Failed, detail)
        }
    }
}

fn browser_url(config: &Config) -> Check {
    let url = config.base_url();
    if url.starts_with("https://") || config.is_development() {
        Check::new("base URL", Outcome::Ok, url)
    } else {
        let detail = format!(
            "{url} is not https: browsers do not store the session cookie. Put a TLS proxy in \
             front and set TOLLGATE_BASE_URL"
        );
        Check::new("base URL", Outcome::Failed, detail)
    }
}

async fn payments(config: &Config) -> Check {
    let db =
        Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await.ok();
    let checked = billing::check(&config.billing, &config.base_url(), db.as_ref()).await;
    if let Some(db) = db {
        db.close().await;
    }
    match checked {
        Ok(Checked::Off) => Check::new(
            "payments",
            Outcome::Ok,
            "STRIPE_SECRET_KEY is not set: plan changes take effect immediately, and nobody is \
             charged",
        ),
        Ok(Checked::Right(detail)) => Check::new("payments", Outcome::Ok, detail),
        Ok(Checked::Doubtful(detail)) => Check::new("payments", Outcome::Warning, detail),
        Ok(Checked::Wrong(detail)) => Check::new("payments", Outcome::Failed, detail),
        Err(cause) => Check::new("payments", Outcome::Failed, super::plain(&cause)),
    }
}

async fn mail_server(config: &Config) -> Check {
    let Some(url) = &config.mail.smtp_url else {
        return if mail::has_outbox_page(config) {
            let detail = format!(
                "TOLLGATE_DEV_OUTBOX is set: mail is not sent, and anyone who can reach {0} can \
                 read it at {0}/dev/outbox, including links that open accounts. Use it on this \
                 machine only, and unset it before a proxy forwards requests to this server",
                config.base_url()
            );
            Check::new("mail", Outcome::Warning, detail)
        } else {
            Check::new(
                "mail",
                Outcome::Warning,
                "SMTP_URL is not set: nobody can verify an address or reset a password",
            )
        };
    };
    let Some((host, port)) = url.expose().parse::<Url>().ok().and_then(|url| {
        let port = url.port().unwrap_or(if url.scheme() == "smtps" { 465 } else { 25 });
        Some((url.host_str()?.to_owned(), port))
    }) else {
        return Check::new("mail", Outcome::Failed, "SMTP_URL names no host");
    };
    match tokio::time::timeout(Duration::from_secs(5), TcpStream::connect((host.as_str(), port)))
        .await
    {
        Ok(Ok(_)) => Check::new("mail", Outcome::Ok, format!("{host}:{port} accepts connections")),
        _ => Check::new(
            "mail",
            Outcome::Failed,
            format!("{host}:{port} does not accept connections: check SMTP_URL and the firewall"),
        ),
    }
}
