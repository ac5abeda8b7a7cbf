use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::server::config::Config;
use crate::server::{App, Result, mail, telemetry};
use crate::web::{Site, serve};

pub async fn run(config: Config) -> Result<()> {
    telemetry::init(&config)?;
    let addr = config.addr;
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot listen on {addr} (TOLLGATE_ADDR)"))?;
    let clock = config.clock();
    let site = Site::new(serve::prepare(config, clock).await?)?;
    let app = site.app.clone();
    let stop = CancellationToken::new();
    stop_on_signals(&app, &stop)?;
    allow_open_files(app.config.connections.connections);
    let database = if app.db.is_embedded() { "embedded SQLite" } else { "PostgreSQL" };
    tracing::info!(database, data = %app.config.data_dir.display(), "Tollgate listens on {}", app.config.base_url());
    if mail::has_outbox_page(&app.config) {
        tracing::warn!(
            "TOLLGATE_DEV_OUTBOX is set: mail is not sent, and anyone who can reach this address can read it, including links that open accounts, at \
             {}/dev/outbox",
            app.config.base_url()
        );
    } else if app.config.mail.smtp_url.is_none() {
        tracing::warn!(
            "SMTP_URL is not set: no mail is sent, so nobody can verify an address or reset a password by mail"
        );
    }
    serve::run(site, listener, stop).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Raises the limit of open files to what the connections may need: each connection can have one to
/// an upstream server. The usual limit of a shell, 1,024, is for programs that use select(2).
fn allow_open_files(connections: u32) {
    let connections = u64::from(connections);
    match rlimit::increase_nofile_limit(2 * connections + 1_024) {
        Ok(allowed) if allowed < connections => {
            tracing::warn!(
                allowed,
                connections,
                "the limit of open files is lower than the limit of connections: connections above it wait"
            );
        }
        Ok(_) => {}
        Err(cause) => tracing::warn!(%cause, "cannot raise the limit of open files"),
    }
}

/// Stops gracefully at the first SIGTERM or SIGINT, and immediately at a second one. After SIGTERM,
/// which service managers send, load balancers first get time to see at `/readyz` that this server
/// is about to stop.
fn stop_on_signals(app: &App, stop: &CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A journal that reaches a file-size limit must cause an error to handle, not end the process.
    let mut file_size = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let (app, stop) = (app.clone(), stop.clone());
    tokio::spawn(async move {
        let mut drained = None;
        loop {
            let drain = tokio::select! {
                _ = terminate.recv() => Duration::from_secs(app.config.drain_seconds.into()),
                _ = interrupt.recv() => Duration::ZERO,
                _ = file_size.recv() => continue,
                () = async {
                    match drained {
                        Some(at) => tokio::time::sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                } => {
                    drained = None;
                    tracing::info!("stopping: calls in progress may complete");
                    stop.cancel();
                    continue;
                }
            };
            if app.is_draining.swap(true, Ordering::Relaxed) {
                std::process::exit(1);
            }
            if !drain.is_zero() {
                tracing::info!(
                    seconds = drain.as_secs(),
                    "about to stop: /readyz returns 503, and calls are still accepted"
                );
            }
            drained = Some(Instant::now() + drain);
        }
    });
    Ok(())
}
