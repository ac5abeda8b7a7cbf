//! Keeps the payment provider and us together: plans and usage to it, what it tells from it. One instance at a time.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::server::{App, Result, billing};
use crate::types::time::{SECOND, Timestamp};

/// How soon a message that another instance took in is applied.
const LISTEN: Duration = Duration::from_millis(500);
const REPORT: Duration = Duration::from_secs(5);
const SYNC: Duration = Duration::from_secs(60);

/// How often a lease is renewed, well before it ends.
const RENEW: i64 = 5 * SECOND;

type Work = fn(App, CancellationToken) -> BoxFuture<'static, Result<()>>;

/// Something to do again and again.
struct Task {
    name: &'static str,
    every: Duration,
    /// Whether there can be anything to do.
    may: fn(&App) -> bool,
    work: Work,
}

fn is_connected(app: &App) -> bool {
    app.biller.stripe().is_some()
}

/// Applies what the payment provider told.
pub async fn listen(app: App, stop: CancellationToken) {
    repeat(app, stop, Task { name: LISTENS, every: LISTEN, may: is_connected, work: |app, stop| hear(app, stop).boxed() }).await;
}

/// Reports usage, and closes months that nobody collects for.
pub async fn report(app: App, stop: CancellationToken) {
    let may = |app: &App| is_connected(app) || billing::closes(app.clock.now());
    repeat(app, stop, Task { name: "billing_outbox", every: REPORT, may, work: |app, _| tell(app).boxed() }).await;
}

/// Makes plans known, and has fetched what may have changed unheard.
pub async fn sync(app: App, stop: CancellationToken) {
    repeat(app, stop, Task { name: "billing_sync", every: SYNC, may: is_connected, work: |app, _| make_known(app).boxed() }).await;
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

async fn repeat(app: App, stop: CancellationToken, task: Task) {
    let holder = app.journal.id.as_str();
    let (mut renewed_at, mut is_failing) = (None, false);
    while !stop.is_cancelled() {
        if (task.may)(&app) {
            match run(&app, &stop, &task, &mut renewed_at).await {
                Ok(()) => is_failing = false,
                Err(cause) if !is_failing => {
                    tracing::warn!(job = task.name, %cause, "cannot go on; trying again");
                    is_failing = true;
                }
                Err(_) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.told.notified(), if task.name == LISTENS => {}
            () = tokio::time::sleep(task.every) => {}
        }
    }
    // Where nobody can be told, the lease ends by itself.
    let _ = billing::release(&app.db, task.name, holder).await;
}

async fn run(app: &App, stop: &CancellationToken, task: &Task, renewed_at: &mut Option<Timestamp>) -> Result<()> {
    let now = app.clock.now();
    if renewed_at.is_none_or(|at| now.0 - at.0 > RENEW) {
        *renewed_at = billing::hold(&app.db, task.name, app.journal.id.as_str(), now).await?.then_some(now);
    }
    if renewed_at.is_some() { (task.work)(app.clone(), stop.clone()).await } else { Ok(()) }
}
