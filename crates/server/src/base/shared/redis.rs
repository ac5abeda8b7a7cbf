//! Limits and counters shared through Redis. Redis' results are also stored in this process, so
//! that it continues with the same limits if Redis becomes unavailable.
//!
//! After an outage each bucket may allow one more burst, because Redis did not see what was taken
//! meanwhile. Counters are updated: each instance sends its whole component. A request to a Redis
//! that hung may still be reserved there when it continues; nobody settles it, so it expires like
//! the reservations of an instance that died.

mod channel;
mod connection;
mod inspect;
mod link;
mod pending;
mod script;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tollgate_types::id::{JournalId, OrgId};

use self::channel::Channel;
use self::connection::Servers;
pub use self::inspect::{Found, inspect};
use self::link::Link;
pub use self::link::LinkStats;
use self::pending::Pending;
use self::script::{Keys, ScriptCall, ScriptReply, field_of};
use super::counters::{COUNTERS, Counter, Held, Outcome, Parts, Reading, Readings};
use super::gcra::Bucket;
use super::live::LiveFeed;
use super::local::Local;
use super::taken::{Remote, Reservation, Taken};
use crate::Result;
use crate::clock::Clock;
use crate::config::RedisServers;
use crate::db::Changes;

/// How long a settled amount may wait to be sent with another call.
const FLUSH: Duration = Duration::from_millis(100);
/// Organisations whose updates are sent concurrently.
const FLUSH_TOGETHER: usize = 16;
/// Failures that may wait to be sent. Further ones count in this process only.
const FAILURES: usize = 1024;

pub struct Redis {
    link: Link,
    local: Arc<Local>,
    pending: Pending,
    /// The field for this instance's component in Redis.
    own_field: String,
    clock: Clock,
    failures: mpsc::Sender<Bucket>,
    failed: tokio::sync::Mutex<mpsc::Receiver<Bucket>>,
    /// `None` without other instances.
    channel: Option<Channel>,
}

impl Redis {
    pub async fn open(
        servers: RedisServers,
        deadline: Duration,
        clock: Clock,
        journal: &JournalId,
        talk: Option<(&LiveFeed, &Arc<Changes>)>,
    ) -> Result<Self> {
        let link = Link::new(Servers::new(servers).map_err(anyhow::Error::from)?, deadline);
        link.connect().await;
        let channel =
            talk.map(|(live, changes)| Channel::new(link.servers.database(), live, changes));
        let (failures, failed) = mpsc::channel(FAILURES);
        let (local, pending, own_field) =
            (Arc::default(), Pending::default(), field_of(journal.as_str()));
        Ok(Self {
            link,
            local,
            pending,
            own_field,
            clock,
            failures,
            failed: failed.into(),
            channel,
        })
    }

    pub fn local(&self) -> &Arc<Local> {
        &self.local
    }

    pub fn stats(&self) -> LinkStats {
        self.link.stats()
    }

    pub async fn take<const N: usize>(
        self: &Arc<Self>,
        org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        if let Some(response) = self.run_script(Some(org), now_us, buckets, counters).await {
            return self.note(org, now_us, buckets, counters, &response);
        }
        self.link.count_fallback();
        self.take_here(org, now_us, buckets, counters)
    }

    /// Takes with this instance's knowledge; Redis is updated with the outcome.
    pub fn take_here<const N: usize>(
        self: &Arc<Self>,
        org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        let mut taken = self.local.take(now_us, buckets, counters);
        if let Some(reservation) = &mut taken.reservation {
            reservation.report_to(self.remote(org, 0, counters, &taken.counters));
        }
        taken
    }

    pub fn seed(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        let (own, _) = self.local.counters.merge(now_us / 1_000, counter, parts);
        self.pending.report(org, counter, own, Some(&parts.others));
    }

    /// Redis gets others' components only if it has less: it was restored to an earlier state, or
    /// missed the last updates of an instance that is gone.
    pub fn report(&self, org: &OrgId, now_us: i64, counter: &Counter, parts: &Parts) {
        let (own, is_redis_behind) = self.local.counters.merge(now_us / 1_000, counter, parts);
        self.pending.report(org, counter, own, is_redis_behind.then_some(&parts.others));
    }

    /// Takes from `bucket` here, and updates Redis.
    pub fn fail(&self, now_us: i64, bucket: &Bucket) {
        self.local.limiter.take(now_us, std::array::from_ref(bucket));
        let _ = self.failures.try_send(*bucket);
    }

    /// Replaces the reservation by the really added amount: here immediately, and soon in Redis.
    pub fn finalise(&self, org: &OrgId, minute: i64, held: Held, counted: u64, added: u64) {
        let own = self.local.counters.finalise(held, counted, added).unwrap_or(0);
        self.pending.finalise(org, held, minute, own);
    }

    /// Maintains the connection and sends pending updates until `stop`.
    pub async fn run(&self, stop: &CancellationToken) {
        let talking = async {
            if let Some(channel) = &self.channel {
                tokio::join!(channel.send(self), channel.listen(self));
            }
        };
        let working = async {
            tokio::join!(self.link.keep(), self.flush_often(), self.report_failures(), talking)
        };
        tokio::select! {
            () = stop.cancelled() => self.flush().await,
            _ = working => {}
        }
    }

    async fn flush_often(&self) {
        loop {
            tokio::time::sleep(FLUSH).await;
            self.flush().await;
        }
    }

    async fn flush(&self) {
        if !self.link.is_up() {
            return;
        }
        let orgs = futures::stream::iter(self.pending.orgs());
        orgs.for_each_concurrent(FLUSH_TOGETHER, async |org| self.flush_of(&org).await).await;
    }

    /// Sends the pending updates of this organisation immediately.
    pub async fn flush_of(&self, org: &OrgId) {
        self.run_script(Some(org), self.clock.now_us(), &[], &[None; COUNTERS]).await;
    }

    async fn report_failures(&self) {
        let mut failed = self.failed.lock().await;
        while let Some(bucket) = failed.recv().await {
            let (now_us, bucket) = (self.clock.now_us(), [bucket]);
            if let Some(response) = self.run_script(None, now_us, &bucket, &[None; COUNTERS]).await
            {
                self.note_buckets(now_us, &bucket, &response);
            }
        }
    }

    async fn run_script<const N: usize>(
        &self,
        org: Option<&OrgId>,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Option<ScriptReply<N>> {
        if !self.link.is_up() {
            return None;
        }
        let updates = org.map(|org| self.pending.take(org)).unwrap_or_default();
        let keys = Keys { org, is_cluster: self.link.servers.is_cluster() };
        // Redis has one clock for all instances. Only a test's moved clock overrides it.
        let moved = self.clock.is_moved().then_some(now_us);
        let own_field = &self.own_field;
        let call = ScriptCall {
            keys,
            now_us: moved,
            now_ms: now_us / 1_000,
            own_field,
            updates: &updates,
            buckets,
            counters,
        };
        let response = self.link.run_script(&call).await?;
        call.read(&response)
    }

    /// Stores the results of Redis in this process.
    fn note<const N: usize>(
        self: &Arc<Self>,
        org: &OrgId,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
        response: &ScriptReply<N>,
    ) -> Taken<N> {
        self.note_buckets(now_us, buckets, response);
        let mut readings = response.readings;
        let held = std::array::from_fn(|i| {
            let (counter, known) = (counters[i].as_ref()?, response.known[i]?);
            let used = self.local.counters.adopt(now_us / 1_000, counter, &known, response.taken);
            // A Redis that was unavailable or lost a counter may have less than this instance:
            // others' components, and reservations of calls in progress.
            if let Some(reading) = readings[i].as_mut().filter(|reading| reading.used < used) {
                *reading = Reading { outcome: counter.outcome(used), used };
            }
            Some(Held { id: counter.id, period_end: counter.period_end, amount: counter.amount })
        });
        let reservation = (response.taken && held.iter().any(Option::is_some)).then(|| {
            let mut reservation = Reservation::new(&self.local, held);
            reservation.report_to(self.remote(org, response.minute, counters, &readings));
            reservation
        });
        // A reservation that is not kept is released.
        let reservation = reservation.filter(|_| {
            readings.iter().flatten().all(|reading| reading.outcome == Outcome::Allowed)
        });
        let verdicts =
            std::array::from_fn(|i| buckets[i].verdict(response.debts[i], response.taken));
        Taken { verdicts, took_tokens: response.taken, counters: readings, reservation }
    }

    fn note_buckets<const N: usize>(
        &self,
        now_us: i64,
        buckets: &[Bucket; N],
        response: &ScriptReply<N>,
    ) {
        let debts = std::array::from_fn(|i| {
            response.debts[i] + if response.taken { buckets[i].interval_ns() } else { 0 }
        });
        self.local.limiter.note(now_us, buckets, &debts);
    }

    fn remote(
        self: &Arc<Self>,
        org: &OrgId,
        minute: i64,
        counters: &[Option<Counter>; COUNTERS],
        readings: &Readings,
    ) -> Remote {
        let mut both = counters
            .iter()
            .zip(readings)
            .filter_map(|(counter, reading)| Some((counter.as_ref()?, reading.as_ref()?)));
        let ends_soon = both.any(|(counter, reading)| counter.ends_soon(reading.used));
        Remote { redis: Arc::clone(self), org: org.clone(), minute, ends_soon }
    }
}
