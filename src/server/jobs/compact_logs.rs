//! Packs the request log's small blocks together, some time after their hour.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{App, request_logs};
use crate::types::time::{DAY, Timestamp};

const EVERY: Duration = Duration::from_secs(600);
/// How soon it goes on where much is left.
const AGAIN: Duration = Duration::from_secs(1);
/// How far back it looks once all has been looked through: calls may be applied late.
const LOOK_BACK: i64 = 2 * DAY;

pub async fn run(app: App, stop: CancellationToken) {
    let mut since = Timestamp(0);
    loop {
        let now = app.clock.now();
        let pause = match request_logs::compact(&app.db, since, now).await {
            Ok(true) => {
                since = now.plus(-LOOK_BACK);
                EVERY
            }
            Ok(false) => AGAIN,
            Err(cause) => {
                tracing::warn!(%cause, "cannot pack request logs; trying again in ten minutes");
                EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
