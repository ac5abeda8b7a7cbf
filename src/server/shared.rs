//! What instances share: limits, counters, the live feed. Here: in this process alone.

mod cache;
mod counters;
mod gcra;
mod limiter;
mod live;
mod local;
mod shards;
mod taken;

use std::sync::Arc;

pub use cache::{Epoch, ReadCache};
pub use counters::{COUNTERS, Counter, Outcome, Standing, Standings};
pub use gcra::{Bucket, Policy, Verdict};
pub use limiter::Limiter;
pub use live::{Counted, LiveFeed};
use local::Local;
pub use taken::{Reservation, Taken};

use crate::types::id::OrgId;

/// Where limits and counters are kept; chosen once, at the start.
pub enum Shared {
    Memory(Arc<Local>),
}

impl Default for Shared {
    fn default() -> Self {
        Self::Memory(Arc::default())
    }
}

impl Shared {
    /// Takes a token from each bucket and reserves each counter's amount, if all of them pass; else takes
    /// nothing. In memory this never waits and allocates nothing.
    ///
    /// A counter that nobody has seeded is `Unknown`: load its sum from the database, [`seed`](Self::seed) it,
    /// and take again.
    #[expect(clippy::unused_async, reason = "not all kinds answer at once")]
    pub async fn take<const N: usize>(
        &self,
        _org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        match self {
            Self::Memory(local) => local.take(now_us, buckets, counters),
        }
    }

    /// Says that at least `settled` was added to `counter`: makes it known, and never lowers what is known.
    /// So it may be told again whenever the database's sum is at hand, which mends what was missed. Never waits.
    pub fn seed(&self, _org: &OrgId, now_us: i64, counter: &Counter, settled: u64) {
        match self {
            Self::Memory(local) => local.counters.seed(now_us / 1_000, counter, settled),
        }
    }

    /// Limits that each instance counts for itself.
    pub fn local(&self) -> &Limiter {
        match self {
            Self::Memory(local) => &local.limiter,
        }
    }
}
