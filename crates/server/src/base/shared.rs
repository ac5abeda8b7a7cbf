//! State shared by instances: limits, counters, the live feed; through Redis or, without it, per
//! instance.

mod cache;
mod counters;
mod gcra;
mod limiter;
mod live;
mod local;
mod redis;
mod shards;
mod taken;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tollgate_types::id::{JournalId, OrgId};

pub use cache::{Epoch, ReadCache};
pub use counters::{COUNTERS, Counter, Outcome, Parts, Reading, Readings};
pub use gcra::{Bucket, Policy, Verdict};
pub use limiter::Limiter;
pub use live::{Counted, LiveFeed};
use local::Local;
use redis::Redis;
pub use redis::{Found, LinkStats, inspect};
pub use taken::{Reservation, Taken};

use crate::Result;
use crate::clock::Clock;
use crate::config::RedisConfig;
use crate::db::Changes;

/// Where limits and counters are kept; chosen once at the start.
pub enum Shared {
    Memory(Arc<Local>),
    Redis(Arc<Redis>),
}

impl Default for Shared {
    fn default() -> Self {
        Self::Memory(Arc::default())
    }
}

impl Shared {
    /// Connects to Redis, if there is a URL; if Redis is unavailable, continues without it until it
    /// is back. `journal` is unique to this instance; `talk` is the channel of the instances that
    /// share a database.
    pub async fn open(
        config: &RedisConfig,
        clock: &Clock,
        journal: &JournalId,
        talk: Option<(&LiveFeed, &Arc<Changes>)>,
    ) -> Result<Self> {
        let Some(url) = &config.redis_url else { return Ok(Self::default()) };
        let servers = url.servers().map_err(|reason| anyhow::anyhow!(reason))?;
        let deadline = Duration::from_millis(config.redis_deadline_ms.into());
        Ok(Self::Redis(Arc::new(
            Redis::open(servers, deadline, clock.clone(), journal, talk).await?,
        )))
    }

    /// Takes a token from each bucket and reserves each counter's amount, if all of them allow it;
    /// otherwise takes nothing. In memory this never waits and allocates nothing.
    ///
    /// A counter without a value is `Unknown`: load its parts from the database,
    /// [`seed`](Self::seed) it, and take again.
    pub async fn take<const N: usize>(
        &self,
        org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        match self {
            Self::Memory(local) => local.take(now_us, buckets, counters),
            Self::Redis(redis) => redis.take(org, now_us, buckets, counters).await,
        }
    }

    /// Like [`take`](Self::take), if that is possible without waiting; otherwise `None`.
    pub fn take_at_once<const N: usize>(
        &self,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Option<Taken<N>> {
        match self {
            Self::Memory(local) => Some(local.take(now_us, buckets, counters)),
            Self::Redis(_) => None,
        }
    }

    /// Like [`take`](Self::take), using only this instance's knowledge: a counter that it has
    /// seeded is never `Unknown`.
    pub fn take_here<const N: usize>(
        &self,
        org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        match self {
            Self::Memory(local) => local.take(now_us, buckets, counters),
            Self::Redis(redis) => redis.take_here(org, now_us, buckets, counters),
        }
    }

    /// Seeds `counter` with the values from the database. Never decreases a known value. Never
    /// waits.
    pub fn seed(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        match self {
            Self::Memory(local) => drop(local.counters.merge(now_us / 1_000, counter, parts)),
            Self::Redis(redis) => redis.seed(org, now_us, counter, parts),
        }
    }

    /// Updates `counter` with the value from the database. Repeated calls repair missed updates,
    /// here and in Redis. Never waits.
    pub fn report(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        match self {
            Self::Memory(local) => drop(local.counters.merge(now_us / 1_000, counter, parts)),
            Self::Redis(redis) => redis.report(org, now_us, counter, parts),
        }
    }

    /// Waits until other instances can know how the calls of `org` ended that have ended here; at
    /// most as long as a [`take`](Self::take). They would learn it soon in any case.
    pub async fn flush(&self, org: &OrgId) {
        match self {
            Self::Memory(_) => {}
            Self::Redis(redis) => redis.flush_of(org).await,
        }
    }

    /// Whether this instance has used `counter`.
    pub fn knows(&self, counter: &Counter) -> bool {
        self.here().counters.knows(counter)
    }

    /// Limits that each instance counts for itself.
    pub fn local(&self) -> &Limiter {
        &self.here().limiter
    }

    fn here(&self) -> &Arc<Local> {
        match self {
            Self::Memory(local) => local,
            Self::Redis(redis) => redis.local(),
        }
    }

    /// Counts one failure: takes from `bucket` in the background if instances share it. Read it
    /// with [`peek`](Limiter::peek) at the local limits, so that successful requests never wait.
    pub fn fail(&self, now_us: i64, bucket: &Bucket) {
        match self {
            Self::Memory(local) => drop(local.limiter.take(now_us, std::array::from_ref(bucket))),
            Self::Redis(redis) => redis.fail(now_us, bucket),
        }
    }

    /// The state of the Redis connection; `None` without Redis.
    pub fn redis(&self) -> Option<LinkStats> {
        match self {
            Self::Memory(_) => None,
            Self::Redis(redis) => Some(redis.stats()),
        }
    }

    /// Runs the background work until `stop`.
    pub async fn run(&self, stop: &CancellationToken) {
        if let Self::Redis(redis) = self {
            redis.run(stop).await;
        }
    }
}
