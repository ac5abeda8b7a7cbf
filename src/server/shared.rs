//! What instances share: limits, counters, the live feed; by Redis or, without it, each for itself.

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

pub use cache::{Epoch, ReadCache};
pub use counters::{COUNTERS, Counter, Outcome, Parts, Standing, Standings};
pub use gcra::{Bucket, Policy, Verdict};
pub use limiter::Limiter;
pub use live::{Counted, LiveFeed};
use local::Local;
use redis::Redis;
pub use redis::{Found, LinkStats, inspect};
pub use taken::{Reservation, Taken};

use super::Result;
use super::clock::Clock;
use super::config::RedisConfig;
use super::db::Changes;
use crate::types::id::{JournalId, OrgId};

/// Where limits and counters are kept; chosen once, at the start.
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
    /// Connects to Redis, if there is a URL; where it does not answer, goes on without it until it does.
    /// `journal` is what no other instance has; `talk` what instances that share a database tell each other by it.
    pub async fn open(config: &RedisConfig, clock: &Clock, journal: &JournalId, talk: Option<(&LiveFeed, &Arc<Changes>)>) -> Result<Self> {
        let Some(url) = &config.redis_url else { return Ok(Self::default()) };
        let servers = url.servers().map_err(|reason| anyhow::anyhow!(reason))?;
        let deadline = Duration::from_millis(config.redis_deadline_ms.into());
        Ok(Self::Redis(Arc::new(Redis::open(servers, deadline, clock.clone(), journal, talk).await?)))
    }

    /// Takes a token from each bucket and reserves each counter's amount, if all of them pass; else takes
    /// nothing. In memory this never waits and allocates nothing.
    ///
    /// A counter that nobody has seeded is `Unknown`: load its parts from the database, [`seed`](Self::seed) it,
    /// and take again.
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

    /// As [`take`](Self::take), if that takes no waiting; else none.
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

    /// As [`take`](Self::take), by what this instance knows alone: a counter that it has seeded is never `Unknown`.
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

    /// Makes `counter` known, with what the database has of it. Never lowers what is known. Never waits.
    pub fn seed(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        match self {
            Self::Memory(local) => drop(local.counters.learn(now_us / 1_000, counter, parts)),
            Self::Redis(redis) => redis.seed(org, now_us, counter, parts),
        }
    }

    /// Says what the database has of `counter`. To be told again whenever it is at hand, which mends what was missed, here
    /// and in Redis. Never waits.
    pub fn tell(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        match self {
            Self::Memory(local) => drop(local.counters.learn(now_us / 1_000, counter, parts)),
            Self::Redis(redis) => redis.tell(org, now_us, counter, parts),
        }
    }

    /// Waits until other instances can know how the calls of `org` ended that have ended here; as long as for a
    /// [`take`](Self::take), at most. They learn it soon anyway.
    pub async fn flush(&self, org: &OrgId) {
        match self {
            Self::Memory(_) => {}
            Self::Redis(redis) => redis.flush_of(org).await,
        }
    }

    /// Whether this instance has counted with `counter`.
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

    /// One failure, which takes from `bucket` in the background where instances share it. To be found by a
    /// [`peek`](Limiter::peek) at the local limits, so that who does not fail never waits.
    pub fn fail(&self, now_us: i64, bucket: &Bucket) {
        match self {
            Self::Memory(local) => drop(local.limiter.take(now_us, std::array::from_ref(bucket))),
            Self::Redis(redis) => redis.fail(now_us, bucket),
        }
    }

    /// How the connection to Redis is; none without Redis.
    pub fn redis(&self) -> Option<LinkStats> {
        match self {
            Self::Memory(_) => None,
            Self::Redis(redis) => Some(redis.stats()),
        }
    }

    /// Does what has to be done in the background, until `stop`.
    pub async fn run(&self, stop: &CancellationToken) {
        if let Self::Redis(redis) = self {
            redis.run(stop).await;
        }
    }
}
