//! Notifies of keys that expire soon.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, keys};

const EVERY: Duration = Duration::from_secs(60);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = keys::notify_expiring(&app.db, &app.config, app.clock.now()) => outcome,
        };
        if let Err(cause) = outcome {
            tracing::warn!(%cause, "cannot notify owners of keys that expire soon; trying again in a minute");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
