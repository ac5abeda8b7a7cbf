//! Wakes the worker when there is something to deliver, whichever instance wrote it.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::db::{Change, Changes};

#[derive(Clone)]
pub struct Wake(Arc<Notify>);

impl Wake {
    pub fn new(changes: &Changes) -> Self {
        let bell = Arc::new(Notify::new());
        let rung = Arc::clone(&bell);
        changes.listen(move |change| {
            if matches!(change, Change::Deliveries | Change::Everything) {
                rung.notify_one();
            }
        });
        Self(bell)
    }

    /// Waits for a notification; returns immediately if there was one since the last time.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
