//! Synchronises with the payment provider: plans and usage to it, events from it. One instance at a
//! time.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tollgate_types::time::{SECOND, Timestamp};

use crate::{App, Result, billing};

/// How soon an event that another instance stored is applied.
const LISTEN: Duration = Duration::from_millis(500);
const REPORT: Duration = Duration::from_secs(5);
const SYNC: Duration = Duration::from_secs(60);

/// How often a lease is renewed, well before it expires.
const RENEW: i64 = 5 * SECOND;

type Work = fn(App, CancellationToken) -> BoxFuture<'static, Result<()>>;

/// Recurring work.
struct Task {
    name: &'static str,
    every: Duration,
    /// Whether there can be anything to do.
    may: fn(&App) -> bool,
    work: Work,
    /// A pause lasts at least this many times as long as the work before it.
    rests: u32,
}

/// The longest pause after long work.
const LONGEST: Duration = Duration::from_secs(600);

fn is_connected(app: &App) -> bool {
    app.biller.stripe().is_some()
}

/// Applies events of the payment provider.
pub async fn listen(app: App, stop: CancellationToken) {
    repeat(
        app,
        stop,
        Task {
            name: LISTENS,
            every: LISTEN,
            may: is_connected,
            work: |app, stop| apply_events(app, stop).boxed(),
            rests: 0,
        },
    )
    .await;
}

/// Reports usage.
pub async fn report(app: App, stop: CancellationToken) {
    let may = is_connected;
    repeat(
        app,
        stop,
        Task {
            name: "billing_outbox",
            every: REPORT,
            may,
            work: |app, _| report_usage(app).boxed(),
            rests: 0,
        },
    )
    .await;
}

/// Makes invoices of months that nobody collects for, and recalculates them while late records may
/// arrive.
pub async fn close_months(app: App, stop: CancellationToken) {
    let may = |app: &App| billing::closes(app.clock.now());
    let work: Work = |app, _| {
        async move { billing::close_months(&app.billing(), app.clock.now()).await.map(drop) }
            .boxed()
    };
    repeat(app, stop, Task { name: "billing_months", every: REPORT, may, work, rests: 20 }).await;
}

/// Creates plans at the provider, and fetches what may have changed unnoticed.
pub async fn sync(app: App, stop: CancellationToken) {
    repeat(
        app,
        stop,
        Task {
            name: "billing_sync",
            every: SYNC,
            may: is_connected,
            work: |app, _| make_known(app).boxed(),
            rests: 0,
        },
    )
    .await;
}

const LISTENS: &str = "billing_inbox";

async fn apply_events(app: App, stop: CancellationToken) -> Result<()> {
    while billing::apply_due(&app.billing(), app.clock.now()).await? > 0 {
        if stop.is_cancelled()
            || !billing::hold(&app.db, LISTENS, app.journal.id.as_str(), app.clock.now()).await?
        {
            break;
        }
    }
    Ok(())
}

async fn report_usage(app: App) -> Result<()> {
    billing::fill(&app.billing(), app.clock.now()).await?;
    billing::send_due(&app.billing(), app.clock.now()).await.map(drop)
}

async fn make_known(app: App) -> Result<()> {
    match app.biller.stripe() {
        Some(stripe) => {
            billing::poll(&app.billing(), app.clock.now()).await?;
            billing::sync(&app.db, stripe, app.clock.now()).await
        }
        None => Ok(()),
    }
}

async fn repeat(app: App, stop: CancellationToken, task: Task) {
    let holder = app.journal.id.as_str();
    let (mut renewed_at, mut is_failing) = (None, false);
    while !stop.is_cancelled() {
        let began = tokio::time::Instant::now();
        if (task.may)(&app) {
            match run(&app, &stop, &task, &mut renewed_at).await {
                Ok(()) => is_failing = false,
                Err(cause) if !is_failing => {
                    tracing::warn!(job = task.name, %cause, "cannot continue; trying again");
                    is_failing = true;
                }
                Err(_) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.payment_events.notified(), if task.name == LISTENS => {}
            () = tokio::time::sleep(task.every.max(LONGEST.min(began.elapsed() * task.rests))) => {}
        }
    }
    // If the lease cannot be released, it expires.
    let _ = billing::release(&app.db, task.name, holder).await;
}

async fn run(
    app: &App,
    stop: &CancellationToken,
    task: &Task,
    renewed_at: &mut Option<Timestamp>,
) -> Result<()> {
    let now = app.clock.now();
    if renewed_at.is_none_or(|at| now.0 - at.0 > RENEW) {
        *renewed_at =
            billing::hold(&app.db, task.name, app.journal.id.as_str(), now).await?.then_some(now);
    }
    if renewed_at.is_some() { (task.work)(app.clone(), stop.clone()).await } else { Ok(()) }
}
