//! Deletes what has been kept long enough: request logs, events, notes of notices, idempotency keys, expired
//! sessions, used tokens, sent mail.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{App, Result, accounts, billing, events, idempotency, keys, notices, quota, request_logs};
use crate::types::time::DAY;

const EVERY: Duration = Duration::from_secs(3600);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(cause) = prune(&app).await {
            tracing::warn!(%cause, "cannot delete what is old; trying again in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn prune(app: &App) -> Result<()> {
    let now = app.clock.now();
    request_logs::prune(&app.db, now.plus(-i64::from(app.config.log_retention_days) * DAY)).await?;
    events::prune(&app.db, now).await?;
    let mut tx = app.db.begin().await?;
    keys::prune(&mut tx, now).await?;
    notices::prune(&mut tx, now).await?;
    tx.commit().await?;
    idempotency::prune(&app.db, now).await?;
    quota::prune(&app.db, now).await?;
    billing::prune(&app.db, now).await?;
    accounts::prune(&app.db, now).await
}
