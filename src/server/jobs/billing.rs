//! Keeps the payment provider and us together: plans and usage to it, what it tells from it. One instance at a time.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::server::{App, Result, billing};

/// How soon a message that another instance took in is applied.
const LISTEN: Duration = Duration::from_millis(500);
const REPORT: Duration = Duration::from_secs(5);
const SYNC: Duration = Duration::from_secs(60);

type Work = fn(App, CancellationToken) -> BoxFuture<'static, Result<()>>;

/// Applies what the payment provider told.
pub async fn listen(app: App, stop: CancellationToken) {
    repeat(app, stop, LISTENS, LISTEN, |app, stop| hear(app, stop).boxed()).await;
}

/// Reports usage, and closes months that nobody collects for.
pub async fn report(app: App, stop: CancellationToken) {
    repeat(app, stop, "billing_outbox", REPORT, |app, _| tell(app).boxed()).await;
}

/// Makes plans known, and has fetched what may have changed unheard.
pub async fn sync(app: App, stop: CancellationToken) {
    repeat(app, stop, "billing_sync", SYNC, |app, _| make_known(app).boxed()).await;
}

const LISTENS: &str = "billing_inbox";

async fn hear(app: App, stop: CancellationToken) -> Result<()> {
    while billing::apply_due(&app, app.clock.now()).await? > 0 {
        if stop.is_cancelled() || !billing::hold(&app.db, LISTENS, app.journal.id.as_str(), app.clock.now()).await? {
            break;
        }
    }
    Ok(())
}

async fn tell(app: App) -> Result<()> {
    billing::close_months(&app, app.clock.now()).await?;
    billing::fill(&app, app.clock.now()).await?;
    billing::send_due(&app, app.clock.now()).await.map(drop)
}

async fn make_known(app: App) -> Result<()> {
    match app.biller.stripe() {
        Some(stripe) => {
            billing::poll(&app, app.clock.now()).await?;
            billing::sync(&app.db, stripe, app.clock.now()).await
        }
        None => Ok(()),
    }
}

async fn repeat(app: App, stop: CancellationToken, name: &'static str, every: Duration, work: Work) {
    let holder = app.journal.id.as_str();
    let mut is_failing = false;
    while !stop.is_cancelled() {
        let done = match billing::hold(&app.db, name, holder, app.clock.now()).await {
            Ok(true) => work(app.clone(), stop.clone()).await,
            Ok(false) => Ok(()),
            Err(cause) => Err(cause),
        };
        match done {
            Ok(()) => is_failing = false,
            Err(cause) if !is_failing => {
                tracing::warn!(job = name, %cause, "cannot go on; trying again");
                is_failing = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.told.notified(), if name == LISTENS => {}
            () = tokio::time::sleep(every) => {}
        }
    }
    // Where nobody can be told, the lease ends by itself.
    let _ = billing::release(&app.db, name, holder).await;
}
