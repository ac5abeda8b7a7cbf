//! Deletes expired data: request logs, events, records of notices, idempotency keys, sessions, used
//! tokens, sent mail.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tollgate_types::time::{DAY, Timestamp};

use crate::{
    App, Result, accounts, billing, idempotency, instance, keys, notices, quota, request_logs,
    webhooks::events,
};

const EVERY: Duration = Duration::from_secs(3600);

type Prune = for<'a> fn(&'a App, Timestamp) -> BoxFuture<'a, Result<()>>;

/// What is deleted, each without the others: one that fails does not keep the next from it.
const KINDS: [(&str, Prune); 9] = [
    ("request logs", |app, now| {
        request_logs::prune(&app.db, now.plus(-i64::from(app.config.log_retention_days) * DAY))
            .boxed()
    }),
    ("events", |app, now| events::prune(&app.db, now).boxed()),
    ("notes of key notices", |app, now| keys::prune(&app.db, now).boxed()),
    ("notices", |app, now| notices::prune(&app.db, now).boxed()),
    ("idempotency keys", |app, now| idempotency::prune(&app.db, now).boxed()),
    ("notes of quota notices", |app, now| quota::prune(&app.db, now).boxed()),
    ("instances", |app, now| instance::prune(&app.db, now).boxed()),
    ("payment events", |app, now| billing::prune(&app.db, now).boxed()),
    ("sessions, links and invitations", |app, now| accounts::prune(&app.db, now).boxed()),
];

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        // If the job is stopped, the step in progress is rolled back.
        tokio::select! {
            () = stop.cancelled() => return,
            () = prune(&app) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn prune(app: &App) {
    let now = app.clock.now();
    for (what, prune) in KINDS {
        if let Err(cause) = prune(app, now).await {
            tracing::warn!(what, %cause, "cannot delete old records; the next attempt is in an hour");
        }
    }
}
