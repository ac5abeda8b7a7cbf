//! Notifies organisations when their live calls start to be refused.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{App, usage_limits};

const EVERY: Duration = Duration::from_secs(1);

pub async fn run(app: App, stop: CancellationToken) {
    let mut is_failing = false;
    loop {
        match usage_limits::notify_refused(&app.db, &app.config, app.clock.now()).await {
            Ok(()) => is_failing = false,
            Err(cause) if !is_failing => {
                tracing::warn!(%cause, "cannot notify organisations whose live calls are refused; trying again every second");
                is_failing = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
