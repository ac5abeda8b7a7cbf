//! Notifies partners of versions that break what they call, some organisations at a time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, products};

const EVERY: Duration = Duration::from_secs(2);
/// Transactions per round; after each round the job checks whether the server stops.
const STEPS: usize = 50;

pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let is_done = products::notify_affected(&app.db, &app.config, STEPS, app.clock.now()).await.unwrap_or_else(|cause| {
            tracing::warn!(%cause, "cannot notify partners of a breaking version; trying again");
            true
        });
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY), if is_done => {}
            () = tokio::task::yield_now(), if !is_done => {}
        }
    }
}
