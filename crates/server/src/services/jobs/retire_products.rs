//! Ends subscriptions to products on their retirement date. All instances do this; ended
//! subscriptions cost one query.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, billing};

const EVERY: Duration = Duration::from_secs(10);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(cause) = billing::end_retired(&app.billing(), app.clock.now()).await {
            tracing::warn!(%cause, "cannot look for products to retire; trying again in ten seconds");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
