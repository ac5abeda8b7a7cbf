//! The command line. Every command works next to a running server; changes apply to the running
//! server immediately.

mod admin_token;
mod database;
mod demo;
mod doctor;
mod document;
mod failure;
mod key;
mod org;
mod plan;
mod product;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::server::config::Config;
use crate::server::{Result, api};
use database::open;
use failure::{faults, plain};

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
    /// Create or update the database tables
    Migrate,
    /// Check the configuration, files, database and services, and say how to fix each problem
    Doctor(doctor::Args),
    /// Print the OpenAPI document of /v1
    Openapi,
    /// Create a demo organisation with users, keys and a product to try
    Demo(demo::Args),
    /// OpenAPI documents of any API
    #[command(subcommand)]
    Document(document::Command),
    /// Products: the APIs that you sell
    #[command(subcommand)]
    Product(product::Command),
    /// Admin API tokens
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
    /// User accounts
    #[command(subcommand)]
    User(user::Command),
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // A command whose reader is gone (`tollgate key list | head`) ends quietly. The server must
    // not: its connections break all the time.
    if !matches!(cli.command, None | Some(Command::Serve)) {
        sigpipe::reset();
        report_unwritable_output();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tollgate: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match to_its_end(runtime, run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tollgate: {}", plain(&error));
            faults(&error).for_each(|fault| eprintln!("  {fault}"));
            ExitCode::FAILURE
        }
    }
}

/// Output that cannot be written, for example because a disk is full, ends a command with a
/// message. `println!` panics then.
fn report_unwritable_output() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        if let Some(cause) = text.strip_prefix("failed printing to stdout: ") {
            eprintln!("tollgate: the output cannot be written: {cause}");
            std::process::exit(1);
        }
        report(panic);
    }));
}

/// Runs `work` and does not wait for blocking tasks, which cannot be cancelled: they must not keep
/// the process alive after the work is done.
fn to_its_end<W: Future>(runtime: Runtime, work: W) -> W::Output {
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let config = cli.config;
    // `doctor` reports it among the other faults.
    if !matches!(cli.command, Some(Command::Doctor(_))) {
        config.check_clock()?;
    }
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config).await?,
        Command::Migrate => {
            open(&config).await?.close().await;
            println!("The database tables are up to date.");
        }
        Command::Doctor(args) => return doctor::run(&config, &args).await,
        Command::Openapi => println!("{}", api::openapi(&config.base_url()).to_pretty_json()?),
        Command::Demo(args) => demo::run(&config, &args).await?,
        Command::Document(command) => return document::run(&config, command).await,
        Command::Product(command) => return product::run(&config, command).await,
        Command::AdminToken(command) => admin_token::run(&config, command).await?,
        Command::Org(command) => org::run(&config, command).await?,
        Command::Plan(command) => plan::run(&config, command).await?,
        Command::Key(command) => key::run(&config, command).await?,
        Command::User(command) => user::run(&config, command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocking_task_does_not_keep_the_process_alive() {
        let (ended, is_ended) = std::sync::mpsc::channel();
        let (_keep, blocked) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            to_its_end(runtime, async {
                let (began, begun) = tokio::sync::oneshot::channel();
                tokio::task::spawn_blocking(move || {
                    let _ = began.send(());
                    blocked.recv()
                });
                begun.await.unwrap();
            });
            ended.send(()).unwrap();
        });
        is_ended
            .recv_timeout(std::time::Duration::from_secs(60))
            .expect("it ends while the task still runs");
    }
}
