//! Whether the database is known to be writable.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::Fault;

/// Set when a write fails because of the database, and reset by the next successful heartbeat (see
/// `instance`). Without further writes, only the heartbeat detects the recovery.
#[derive(Default)]
pub struct Health {
    failing: AtomicBool,
    wake: Notify,
}

impl Health {
    pub fn is_writable(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// Records the outcome of a write.
    pub(super) fn note<T, E: Failure>(&self, result: &Result<T, E>) {
        if let Err(error) = result
            && error.fault() == Fault::Unavailable
        {
            self.set(false);
        }
    }

    /// Records the result of a heartbeat. True if it changed.
    pub fn set(&self, is_writable: bool) -> bool {
        let was_failing = self.failing.swap(!is_writable, Ordering::Relaxed);
        if !is_writable && !was_failing {
            self.wake.notify_one();
        }
        was_failing == is_writable
    }

    /// Waits until a write has failed.
    pub async fn failed(&self) {
        self.wake.notified().await;
    }
}

/// The possible failures of a statement.
pub trait Failure {
    fn fault(&self) -> Fault;
}

impl Failure for sqlx::Error {
    fn fault(&self) -> Fault {
        Fault::of(self)
    }
}

impl Failure for crate::Error {
    fn fault(&self) -> Fault {
        Self::fault(self)
    }
}
