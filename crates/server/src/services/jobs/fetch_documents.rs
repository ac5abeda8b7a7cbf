//! Fetches products' documents from their URLs to keep the products up to date.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, products};

const EVERY: Duration = Duration::from_secs(60);

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let fetched = tokio::select! {
            () = stop.cancelled() => return,
            fetched = products::fetch_again(&app, app.clock.now()) => fetched,
        };
        if let Err(cause) = fetched {
            tracing::warn!(%cause, "cannot fetch documents again; trying again in a minute");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
