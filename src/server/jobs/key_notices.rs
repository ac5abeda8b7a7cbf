//! Tells of keys that are about to expire.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{App, keys};

const EVERY: Duration = Duration::from_secs(60);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(cause) = keys::tell_expiring(&app.db, &app.config, app.clock.now()).await {
            tracing::warn!(%cause, "cannot tell of keys that are about to expire; trying again in a minute");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
