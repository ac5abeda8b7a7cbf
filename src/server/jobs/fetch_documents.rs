//! Keeps products in step with the documents that they were registered from.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{App, products};

const EVERY: Duration = Duration::from_secs(60);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(cause) = products::fetch_again(&app, app.clock.now()).await {
            tracing::warn!(%cause, "cannot fetch documents again; trying again in a minute");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
