//! Compacts the request log's small blocks, some time after their hour.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tollgate_types::time::{DAY, Timestamp};

use crate::{App, request_logs};

const EVERY: Duration = Duration::from_secs(600);
/// The pause if much is left.
const AGAIN: Duration = Duration::from_secs(1);
/// How far back it searches after everything was compacted: calls may be applied late.
const LOOK_BACK: i64 = 2 * DAY;

pub async fn run(app: App, stop: CancellationToken) {
    let mut since = Timestamp(0);
    loop {
        let now = app.clock.now();
        // If the job is stopped, the step in progress is rolled back.
        let compacted = tokio::select! {
            () = stop.cancelled() => return,
            compacted = request_logs::compact(&app.db, since, now) => compacted,
        };
        let pause = match compacted {
            Ok(true) => {
                since = now.plus(-LOOK_BACK);
                EVERY
            }
            Ok(false) => AGAIN,
            Err(cause) => {
                tracing::warn!(%cause, "cannot compact request logs; trying again in ten minutes");
                EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
