//! The command line. Every command works beside a running server, which sees what they change at once.

mod admin_token;
mod demo;
mod doctor;
mod key;
mod org;
mod plan;
mod product;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::clock::Clock;
use super::config::Config;
use super::db::Db;
use super::{Result, api, plans};
use crate::types::error::FieldError;

/// A self-hosted API portal that charges for your API.
#[derive(Parser)]
#[command(name = "tollgate", version)]
struct Cli {
    #[command(flatten)]
    config: Config,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the portal (the default)
    Serve,
    /// Bring the database's tables up to date
    Migrate,
    /// Check everything and say how to mend what is wrong
    Doctor(doctor::Args),
    /// Print the OpenAPI document of /v1
    Openapi,
    /// Create a demo organisation with people, keys and a product to try things with
    Demo(demo::Args),
    /// Products: APIs that are sold
    #[command(subcommand)]
    Product(product::Command),
    /// Tokens of the admin API
    #[command(subcommand)]
    AdminToken(admin_token::Command),
    /// Organisations
    #[command(subcommand)]
    Org(org::Command),
    /// Plans
    #[command(subcommand)]
    Plan(plan::Command),
    /// API keys
    #[command(subcommand)]
    Key(key::Command),
    /// People
    #[command(subcommand)]
    User(user::Command),
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tollgate: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tollgate: {}", plain(&error));
            faults(&error).for_each(|fault| eprintln!("  {fault}"));
            ExitCode::FAILURE
        }
    }
}

/// An error as one line for a person at a terminal.
fn plain(error: &super::Error) -> String {
    match error {
        super::Error::Problem(problem) => match problem.errors.as_slice() {
            // Which one, and where, comes below.
            [one] if is_of_document(one) => "The document has a fault.".to_owned(),
            _ => problem.detail.clone(),
        },
        super::Error::Internal(cause) => format!("{cause:#}").replace('\n', " "),
    }
}

/// What of an error does not fit into [`plain`]: every fault, where there are many or a document has them.
fn faults(error: &super::Error) -> impl Iterator<Item = String> {
    let errors = match error {
        super::Error::Problem(problem) => problem.errors.as_slice(),
        super::Error::Internal(_) => &[],
    };
    let is_told = matches!(errors, [one] if !is_of_document(one));
    errors
        .iter()
        .filter(move |_| !is_told)
        .map(|error| format!("{}: {}", error.location.strip_prefix("document").unwrap_or(&error.location), error.message))
}

fn is_of_document(error: &FieldError) -> bool {
    error.location.starts_with("document#")
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let config = cli.config;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config).await?,
        Command::Migrate => {
            open(&config).await?.close().await;
            println!("The tables are up to date.");
        }
        Command::Doctor(args) => return doctor::run(&config, &args).await,
        Command::Openapi => println!("{}", api::openapi().to_pretty_json()?),
        Command::Demo(args) => demo::run(&config, &args).await?,
        Command::Product(command) => return product::run(&config, command).await,
        Command::AdminToken(command) => admin_token::run(&config, command).await?,
        Command::Org(command) => org::run(&config, command).await?,
        Command::Plan(command) => plan::run(&config, command).await?,
        Command::Key(command) => key::run(&config, command).await?,
        Command::User(command) => user::run(&config, command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The database, with its tables up to date.
async fn open(config: &Config) -> Result<Db> {
    let db = Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await?;
    db.migrate().await?;
    plans::provide(&db, Clock::default().now()).await?;
    Ok(db)
}
