//! A server's life: serve, and stop gracefully.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tollgate_proxy::connections;

use super::{Site, router};
pub use crate::server::start::prepare;
use crate::server::{Result, jobs};

/// How long calls in progress may take after a stop is requested.
const FINISH: Duration = Duration::from_secs(30);

/// How long background jobs may take after that, including the rest of the journal.
const JOBS_END: Duration = Duration::from_secs(20);

/// How long releasing the lease of the journal may take.
const RELEASE: Duration = Duration::from_secs(5);

/// Serves until `stop`; then completes calls, applies the journal, and returns.
pub async fn run(site: Site, listener: TcpListener, stop: CancellationToken) -> Result<()> {
    let app = site.app.clone();
    let jobs_stop = CancellationToken::new();
    let jobs = jobs::start(&app, &jobs_stop);
    app.products.begin_reading(&app.db);
    let (lost, ending) = (app.instance.lost.clone(), stop.clone());
    let guard = tokio::spawn(async move {
        lost.cancelled().await;
        ending.cancel();
    });
    let front = router::build(site, stop.clone())?;
    let serving =
        connections::serve(listener, front, app.config.connections.bounds(), stop.clone());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(FINISH).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => tracing::warn!("some calls did not end in time"),
    }
    app.upstreams.close();
    app.calls.close();
    if tokio::time::timeout(FINISH, app.calls.wait()).await.is_err() {
        tracing::warn!("some calls whose clients disconnected did not end in time");
    }
    jobs_stop.cancel();
    if tokio::time::timeout(JOBS_END, jobs.wait()).await.is_err() {
        tracing::warn!("some background jobs did not end in time; they continue at the next start");
    }
    guard.abort();
    if app.instance.lost.is_cancelled() {
        app.db.close().await;
        return Err(anyhow::anyhow!(
            "another server has taken over the journal in {}",
            app.config.data_dir.display()
        )
        .into());
    }
    match tokio::time::timeout(RELEASE, app.instance.release(&app.db, app.clock.now())).await {
        Ok(Ok(())) => {}
        Ok(Err(cause)) => {
            tracing::warn!(%cause, "the lease of the journal could not be released: it will expire")
        }
        Err(_) => {
            tracing::warn!("the lease of the journal could not be released in time: it will expire")
        }
    }
    app.db.close().await;
    Ok(())
}
