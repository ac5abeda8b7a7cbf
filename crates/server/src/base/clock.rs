//! The only place that reads the time. Functions that depend on time take `now` as an argument;
//! tests move the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tollgate_types::time::Timestamp;

#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds by which a test has moved this clock.
    offset: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_us() / 1_000)
    }

    /// Microseconds since the unix epoch, for rate limits, which need a finer resolution than
    /// milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            + self.offset.load(Ordering::Relaxed) * 1_000
    }

    /// Whether the clock was moved, which only tests and trials do.
    pub fn is_moved(&self) -> bool {
        self.offset.load(Ordering::Relaxed) != 0
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, ms: i64) {
        self.offset.fetch_add(ms, Ordering::Relaxed);
    }
}
