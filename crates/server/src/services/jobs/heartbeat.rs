//! Renews this server's lease of its journal, and detects whether the database is writable.

use tokio_util::sync::CancellationToken;

use crate::App;
use crate::instance::{BEAT, Beat, PROBE};

pub async fn run(app: App, stop: CancellationToken) {
    let health = app.db.health();
    let mut is_failing = false;
    while !stop.is_cancelled() {
        match app.instance.beat(&app.db, app.clock.now()).await {
            Ok(Beat::Written) => {
                if health.set(true) || std::mem::take(&mut is_failing) {
                    is_failing = false;
                    tracing::info!("the database is writable again");
                }
            }
            Ok(Beat::Lost) => {
                // Further responses could never be counted.
                app.journal.give_up();
                tracing::error!(
                    "another server has taken over this server's journal, or the database was restored to an earlier state: this server stops"
                );
                return;
            }
            Err(cause) => {
                health.set(false);
                if !std::mem::replace(&mut is_failing, true) {
                    tracing::error!(%cause, "the database is not writable");
                }
            }
        }
        let pause = if health.is_writable() { BEAT } else { PROBE };
        tokio::select! {
            () = stop.cancelled() => {}
            () = health.failed(), if health.is_writable() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
