//! Background jobs: each has a name; all are started and stopped together, and restarted if they
//! panic.

mod billing;
mod breaking_notices;
mod compact_logs;
mod deliver_webhooks;
mod fetch_documents;
mod heartbeat;
mod key_notices;
mod prune;
mod refusals;
mod retire_products;
mod send_mail;
mod sweep_webhooks;

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{App, applier, db};

pub use deliver_webhooks::run as deliver_webhooks;

type Job = fn(App, CancellationToken) -> BoxFuture<'static, ()>;

const JOBS: [(&str, Job); 18] = [
    ("heartbeat", |app, stop| heartbeat::run(app, stop).boxed()),
    ("apply_journal", |app, stop| applier::run(app, stop).boxed()),
    ("watch_changes", |app, stop| db::watch(app.db.clone(), stop).boxed()),
    ("share", |app, stop| async move { app.shared.run(&stop).await }.boxed()),
    ("send_mail", |app, stop| send_mail::run(app, stop).boxed()),
    ("deliver_webhooks", |app, stop| deliver_webhooks(app, stop).boxed()),
    ("sweep_webhooks", |app, stop| sweep_webhooks::run(app, stop).boxed()),
    ("breaking_notices", |app, stop| breaking_notices::run(app, stop).boxed()),
    ("key_notices", |app, stop| key_notices::run(app, stop).boxed()),
    ("refusals", |app, stop| refusals::run(app, stop).boxed()),
    ("fetch_documents", |app, stop| fetch_documents::run(app, stop).boxed()),
    ("hear_payments", |app, stop| billing::listen(app, stop).boxed()),
    ("report_usage", |app, stop| billing::report(app, stop).boxed()),
    ("close_months", |app, stop| billing::close_months(app, stop).boxed()),
    ("sync_plans", |app, stop| billing::sync(app, stop).boxed()),
    ("retire_products", |app, stop| retire_products::run(app, stop).boxed()),
    ("compact_logs", |app, stop| compact_logs::run(app, stop).boxed()),
    ("prune", |app, stop| prune::run(app, stop).boxed()),
];

/// Starts all jobs. After `stop`, wait for the tracker: each job completes its current work.
pub fn start(app: &App, stop: &CancellationToken) -> TaskTracker {
    let tracker = TaskTracker::new();
    for (name, job) in JOBS {
        tracker.spawn(keep_running(name, job, app.clone(), stop.clone()));
    }
    tracker.close();
    tracker
}

async fn keep_running(name: &'static str, job: Job, app: App, stop: CancellationToken) {
    while AssertUnwindSafe(job(app.clone(), stop.clone())).catch_unwind().await.is_err() {
        tracing::error!(job = name, "a background job panicked and was restarted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
