//! Checks everything a server needs and says how to mend what is wrong.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpStream;
use url::Url;

use crate::server::Result;
use crate::server::billing::{self, Checked};
use crate::server::clock::Clock;
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::sealer::Sealer;
use crate::server::shared::{Found, inspect};
use crate::server::webhooks::{self, Sealed};

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
    /// What was found and, unless all is well, how to mend it.
    detail: String,
}

impl Check {
    fn new(name: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { name, outcome, detail: detail.into() }
    }
}

pub async fn run(config: &Config, args: &Args) -> Result<ExitCode> {
    let [database, secrets] = database(config).await;
    let checks = [
        configuration(config),
        data_folder(config),
        database,
        secrets,
        redis(config).await,
        browser_url(config),
        mail(config).await,
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

fn data_folder(config: &Config) -> Check {
    let folder = config.data_dir.join("journal");
    let probe = folder.join("doctor");
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&probe, "?")).and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Check::new("data folder", Outcome::Ok, format!("{} can be written", config.data_dir.display())),
        Err(error) => Check::new(
            "data folder",
            Outcome::Failed,
            format!(
                "{} cannot be written ({error}): set TOLLGATE_DATA_DIR to a folder that can, or free some space",
                config.data_dir.display()
            ),
        ),
    }
}

async fn database(config: &Config) -> [Check; 2] {
    let opened = Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await;
    let db = match opened {
        Ok(db) => db,
        Err(error) => {
            let detail = format!("{}: check DATABASE_URL, and that the server runs and lets this user in", super::plain(&error));
            return [Check::new("database", Outcome::Failed, detail), Check::new("secrets", Outcome::Warning, "cannot be checked")];
        }
    };
    let kind = if db.is_embedded() { "embedded SQLite" } else { "PostgreSQL" };
    let checks = match db.ping().await {
        Ok(()) => [Check::new("database", Outcome::Ok, format!("{kind}, tables up to date")), secrets(config, &db).await],
        Err(_) => [
            Check::new(
                "database",
                Outcome::Warning,
                format!("{kind} answers, but its tables are missing or old: run `tollgate migrate`, or start the server"),
            ),
            Check::new("secrets", Outcome::Ok, "none yet"),
        ],
    };
    db.close().await;
    checks
}

/// Whether this instance can open what is sealed in the database.
async fn secrets(config: &Config, db: &Db) -> Check {
    let check = |outcome, detail: String| Check::new("secrets", outcome, detail);
    let sealer = match Sealer::find_key(config.secret_key.as_ref(), &config.data_dir) {
        Ok(sealer) => sealer,
        Err(error) => return check(Outcome::Failed, super::plain(&error)),
    };
    let source = match &config.secret_key {
        Some(_) => "TOLLGATE_SECRET_KEY".to_owned(),
        None => config.data_dir.join("secret.key").display().to_string(),
    };
    match webhooks::sealed(db, sealer.as_ref()).await {
        Ok(Sealed { ours, foreign: 0 }) => {
            // Fine while there is one instance, which may be all there ever is.
            let one =
                if db.is_embedded() || config.secret_key.is_some() { "" } else { "; a second instance needs it as TOLLGATE_SECRET_KEY" };
            let found = if sealer.is_some() { "opens" } else { "is made at the first start and then opens" };
            check(Outcome::Ok, format!("{source} {found} the secrets of {ours} webhook endpoints{one}"))
        }
        Ok(Sealed { ours, foreign }) => {
            let what = if sealer.is_some() { "does not open" } else { "is missing and cannot open" };
            let detail = format!(
                "{source} {what} the secrets of {foreign} of {} webhook endpoints: this instance delivers nothing to them. Set the same \
                 TOLLGATE_SECRET_KEY on all instances (the one that made them has it in its settings, or in secret.key of its data folder). \
                 If that key is lost, set the endpoints' headers again and rotate their secrets with no overlap",
                ours + foreign
            );
            check(Outcome::Failed, detail)
        }
        Err(error) => check(Outcome::Failed, super::plain(&error)),
    }
}

async fn redis(config: &Config) -> Check {
    let Some(url) = &config.redis.redis_url else {
        return Check::new("Redis", Outcome::Ok, "not used: one instance needs none; several limit each for itself");
    };
    match inspect(url, &Clock::default()).await {
        Ok(Found { version, fault: None }) => Check::new("Redis", Outcome::Ok, format!("{version} runs our script")),
        Ok(Found { version, fault: Some(fault) }) => Check::new("Redis", Outcome::Warning, format!("{version}: {fault}")),
        Err(cause) => {
            let detail = format!("{cause}: check REDIS_URL, and that the user may run scripts and write; until then limits are not shared");
            Check::new("Redis", Outcome::Failed, detail)
        }
    }
}

fn browser_url(config: &Config) -> Check {
    let url = config.base_url();
    if url.starts_with("https://") || config.is_development() {
        Check::new("base URL", Outcome::Ok, url)
    } else {
        let detail =
            format!("{url} is not https: browsers will not keep the session cookie. Put a TLS proxy in front and set TOLLGATE_BASE_URL");
        Check::new("base URL", Outcome::Failed, detail)
    }
}

async fn payments(config: &Config) -> Check {
    let db = Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await.ok();
    let checked = billing::check(&config.billing, &config.base_url(), db.as_ref()).await;
    if let Some(db) = db {
        db.close().await;
    }
    match checked {
        Ok(Checked::Off) => {
            Check::new("payments", Outcome::Ok, "STRIPE_SECRET_KEY is not set: plans switch at once, and nobody is charged")
        }
        Ok(Checked::Right(detail)) => Check::new("payments", Outcome::Ok, detail),
        Ok(Checked::Doubtful(detail)) => Check::new("payments", Outcome::Warning, detail),
        Ok(Checked::Wrong(detail)) => Check::new("payments", Outcome::Failed, detail),
        Err(cause) => Check::new("payments", Outcome::Failed, super::plain(&cause)),
    }
}

async fn mail(config: &Config) -> Check {
    let Some(url) = &config.mail.smtp_url else {
        return if config.is_development() {
            Check::new("mail", Outcome::Ok, format!("kept in the local outbox: {}/dev/outbox", config.base_url()))
        } else {
            Check::new("mail", Outcome::Warning, "SMTP_URL is not set: nobody can verify an address or reset a password")
        };
    };
    let Some((host, port)) = url.expose().parse::<Url>().ok().and_then(|url| {
        let port = url.port().unwrap_or(if url.scheme() == "smtps" { 465 } else { 25 });
        Some((url.host_str()?.to_owned(), port))
    }) else {
        return Check::new("mail", Outcome::Failed, "SMTP_URL names no host");
    };
    match tokio::time::timeout(Duration::from_secs(5), TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => Check::new("mail", Outcome::Ok, format!("{host}:{port} answers")),
        _ => Check::new("mail", Outcome::Failed, format!("{host}:{port} does not answer: check SMTP_URL and the firewall")),
    }
}
