use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::server::config::Config;
use crate::server::connections::Bounds;
use crate::server::{Result, serve, telemetry};

pub async fn run(config: Config) -> Result<()> {
    telemetry::init(&config)?;
    let addr = config.addr;
    let listener = TcpListener::bind(addr).await.with_context(|| format!("cannot listen on {addr} (TOLLGATE_ADDR)"))?;
    let clock = config.clock();
    let app = serve::prepare(config, clock).await?;
    let stop = CancellationToken::new();
    stop_on_signals(&stop)?;
    allow_open_files();
    let database = if app.db.is_embedded() { "embedded SQLite" } else { "PostgreSQL" };
    tracing::info!(database, data = %app.config.data_dir.display(), "Tollgate listens on {}", app.config.base_url());
    if app.config.is_development() && app.config.mail.smtp_url.is_none() {
        tracing::info!("mail is not sent: read it at {}/dev/outbox", app.config.base_url());
    } else if app.config.mail.smtp_url.is_none() {
        tracing::warn!("SMTP_URL is not set: no mail is sent, so nobody can verify an address or reset a password");
    }
    serve::run(app, listener, stop).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Allows as many open files as connections may come to need, each one and what its call is passed on to. What a shell
/// gives, 1,024, is meant for programs that use select(2).
fn allow_open_files() {
    let connections = Bounds::default().connections as u64;
    match rlimit::increase_nofile_limit(2 * connections + 1_024) {
        Ok(allowed) if allowed < connections => {
            tracing::warn!(allowed, connections, "fewer files may be open than connections may be: those beyond it wait");
        }
        Ok(_) => {}
        Err(cause) => tracing::warn!(%cause, "cannot raise the limit of open files"),
    }
}

/// The first SIGTERM or SIGINT asks for an orderly stop; a second one ends the program at once.
fn stop_on_signals(stop: &CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A journal beyond a file-size limit must be an error to handle, not the end of the process.
    let mut file_size = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = file_size.recv() => continue,
            }
            if stop.is_cancelled() {
                std::process::exit(1);
            }
            tracing::info!("stopping: calls that are under way may end");
            stop.cancel();
        }
    });
    Ok(())
}
