//! Bounded sums within a period, as known to this process: quotas and spend caps.
//!
//! A counter has what calls really added (`recorded`) and the maximum that calls in progress may
//! add (`reserved`). A call is allowed if `recorded + reserved + amount <= limit`, so a bound is
//! never exceeded, however many calls are in progress. The database is authoritative; a counter
//! only knows values earlier.
//!
//! `recorded` is a grow-only counter with one component per journal: this one and the others.
//! Merging takes the maximum of each component, so late, repeated or differently routed updates are
//! harmless, unlike sums or increments.

use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use rustc_hash::FxBuildHasher;
use tollgate_types::time::DAY;

use super::shards::{Locked, Shards};

/// The maximum number of counters of a call.
pub const COUNTERS: usize = 3;

/// How long a counter is kept after its period, for calls in progress and clock differences.
pub(super) const KEEP: i64 = 3 * DAY;

/// A counter is near its limit when it has room for only this many calls, or this part of its
/// limit.
const FEW_CALLS: u64 = 64;
const SMALL_PART: u64 = 64;

/// How many microseconds out of order responses may be stored.
const LATE: i64 = 1_000_000;

/// The number of counters in a shard from which those of past periods are dropped.
const SWEEP_AT: usize = 4 * 1024;

/// A bounded sum within a period. No value may exceed 2^63.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// The kind of bound: `quota`, `key_cap`, …
    pub name: &'static str,
    pub(super) id: u64,
    /// Unix milliseconds after which the counter is not needed.
    pub(super) period_end: i64,
    /// `None` only counts.
    pub limit: Option<u64>,
    /// The maximum that the call can add.
    pub amount: u64,
}

impl Counter {
    /// The counter `name` of `subject` (a subscription, a key, …) in `period`, in unix
    /// milliseconds. Another name, subject or start of the period is another counter.
    pub fn new(
        name: &'static str,
        subject: impl Hash,
        period: Range<i64>,
        limit: Option<u64>,
        amount: u64,
    ) -> Self {
        let id = FxBuildHasher.hash_one((name, subject, period.start));
        Self { name, id, period_end: period.end, limit, amount }
    }

    /// Reads the used amount without reserving anything.
    #[must_use]
    pub fn to_look(self) -> Self {
        Self { limit: None, amount: 0, ..self }
    }

    /// Whether the call may add its amount to `used`.
    pub fn outcome(&self, used: u64) -> Outcome {
        match self.limit {
            Some(limit) if used.checked_add(self.amount).is_none_or(|sum| sum > limit) => {
                Outcome::Reached
            }
            _ => Outcome::Allowed,
        }
    }

    /// Whether so little is left that a single call's reservation can make others fail.
    pub(super) fn ends_soon(&self, used: u64) -> bool {
        self.limit.is_some_and(|limit| {
            limit.saturating_sub(used)
                <= self.amount.saturating_mul(FEW_CALLS).max(limit / SMALL_PART)
        })
    }
}

/// The result of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub outcome: Outcome,
    /// Settled, and reserved by other calls in progress.
    pub used: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    /// The call could exceed the limit.
    Reached,
    /// The earlier sum is unknown. Load the components, pass them to `Shared::seed`, and take
    /// again.
    Unknown,
}

pub type Readings = [Option<Reading>; COUNTERS];

/// Bounded by the number of subjects: counters of past periods are dropped.
pub struct Counters(Shards<Sum>);

#[derive(Clone, Copy, Default)]
struct Sum {
    /// The component of this instance's journal in the period.
    own: u64,
    /// The known components of all others, and the part of them that Redis had at its last
    /// response.
    others: u64,
    others_in_redis: u64,
    /// Reservations of others at that time, in progress or just ended; and that time.
    held_in_redis: u64,
    reported_at_us: i64,
    reserved: u64,
    /// Charges of calls that are still reserved: the journal may have them or not.
    counted: u64,
    period_end: i64,
}

impl Sum {
    const fn recorded(&self) -> u64 {
        self.own.saturating_add(self.others)
    }

    /// What calls of other instances added, including those that have not reported yet: most
    /// reserved calls have ended.
    fn others_soon(&self) -> u64 {
        self.others.max(self.others_in_redis.saturating_add(self.held_in_redis))
    }
}

/// The components of a counter in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// By the calls of this instance's journal.
    pub own: u64,
    /// Those of others, each with its journal.
    pub others: Vec<(String, u64)>,
}

impl Parts {
    pub fn of_others(&self) -> u64 {
        self.others.iter().fold(0, |sum, (_, part)| sum.saturating_add(*part))
    }
}

/// The state of a counter in Redis.
#[derive(Clone, Copy)]
pub struct Known {
    /// By the clock of Redis.
    pub at_us: i64,
    pub own: u64,
    pub others: u64,
    /// What others reserved, and have not settled.
    pub held: u64,
}

/// The reservation of one call in one counter.
#[derive(Clone, Copy)]
pub struct Held {
    pub id: u64,
    pub period_end: i64,
    pub amount: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self(Shards::new(SWEEP_AT))
    }
}

impl Counters {
    /// Reserves each counter's amount if all have room and `may` agrees; otherwise reserves
    /// nothing. The second result is the reservation, `None` if the call is refused.
    pub(super) fn take(
        &self,
        counters: &[Option<Counter>; COUNTERS],
        may: bool,
    ) -> (Readings, Option<[Option<Held>; COUNTERS]>) {
        let Some(any) = counters.iter().flatten().next() else {
            return ([None; COUNTERS], may.then_some([None; COUNTERS]));
        };
        if counters.iter().flatten().count() == 1 {
            return take_locked(self.0.lock([any.id]), counters, may);
        }
        // Unused positions repeat another counter, so that no shard is locked twice.
        let ids =
            std::array::from_fn(|i| counters[i].as_ref().map_or(any.id, |counter| counter.id));
        take_locked(self.0.lock::<COUNTERS>(ids), counters, may)
    }

    /// Replaces the reservation, and the charges from [`count`](Self::count), by the really added
    /// amount. Returns this instance's component, or `None` for an unknown counter.
    pub(super) fn finalise(&self, held: Held, counted: u64, added: u64) -> Option<u64> {
        let mut locked = self.0.lock([held.id]);
        let sum = locked.get_mut(held.id)?;
        sum.reserved = sum.reserved.saturating_sub(held.amount);
        sum.counted = sum.counted.saturating_sub(counted);
        sum.own = sum.own.saturating_add(added);
        Some(sum.own)
    }

    /// Adds a call's charge while its reservation stays and nobody else is notified. Returns the
    /// previous charges, or `None` for an unknown counter: so calls that end are charged one after
    /// the other.
    pub(super) fn count(&self, held: &Held, added: u64) -> Option<u64> {
        let mut locked = self.0.lock([held.id]);
        let sum = locked.get_mut(held.id)?;
        let before = sum.own.saturating_add(sum.others_soon()).saturating_add(sum.counted);
        sum.counted = sum.counted.saturating_add(added);
        Some(before)
    }

    /// Merges the values from the database. Returns this instance's component, and whether others
    /// added more than Redis had at its last response.
    pub(super) fn merge(&self, now_ms: i64, counter: &Counter, parts: &Parts) -> (u64, bool) {
        self.change(now_ms, counter, |sum| {
            // It may already include calls that are about to be settled. If not, the next update
            // corrects it.
            sum.own = sum.own.max(parts.own.saturating_sub(sum.counted));
            sum.others = sum.others.max(parts.of_others());
            (sum.own, sum.others > sum.others_in_redis)
        })
    }

    /// Merges the state in Redis, and whether the call reserved its amount there. Returns the used
    /// amount without the call.
    pub(super) fn adopt(
        &self,
        now_ms: i64,
        counter: &Counter,
        known: &Known,
        is_reserved: bool,
    ) -> u64 {
        self.change(now_ms, counter, |sum| {
            // Redis got it from an earlier run of this instance.
            sum.own = sum.own.max(known.own);
            sum.others = sum.others.max(known.others);
            // Responses may be processed out of order; and a clock may be set back.
            if !(0..LATE).contains(&(sum.reported_at_us - known.at_us - 1)) {
                (sum.others_in_redis, sum.held_in_redis, sum.reported_at_us) =
                    (known.others, known.held, known.at_us);
            }
            let used = sum.recorded().saturating_add(sum.reserved);
            sum.reserved =
                sum.reserved.saturating_add(if is_reserved { counter.amount } else { 0 });
            used
        })
    }

    pub(super) fn knows(&self, counter: &Counter) -> bool {
        self.0.lock([counter.id]).get(counter.id).is_some()
    }

    fn change<T>(&self, now_ms: i64, counter: &Counter, change: impl FnOnce(&mut Sum) -> T) -> T {
        let mut locked = self.0.lock([counter.id]);
        if let Some(sum) = locked.get_mut(counter.id) {
            return change(sum);
        }
        let mut sum = Sum { period_end: counter.period_end, ..Sum::default() };
        let changed = change(&mut sum);
        locked.insert(counter.id, sum, SWEEP_AT, |sum| sum.period_end + KEEP > now_ms);
        changed
    }
}

fn take_locked<const N: usize>(
    mut locked: Locked<'_, Sum, N>,
    counters: &[Option<Counter>; COUNTERS],
    may: bool,
) -> (Readings, Option<[Option<Held>; COUNTERS]>) {
    let readings: Readings = std::array::from_fn(|i| {
        counters[i].as_ref().map(|counter| judge(counter, locked.get(counter.id)))
    });
    let taken = may && readings.iter().flatten().all(|reading| reading.outcome == Outcome::Allowed);
    let mut reserve = |counter: &Counter| {
        let sum = locked.get_mut(counter.id)?;
        sum.reserved = sum.reserved.saturating_add(counter.amount);
        Some(Held { id: counter.id, period_end: counter.period_end, amount: counter.amount })
    };
    (readings, taken.then(|| std::array::from_fn(|i| counters[i].as_ref().and_then(&mut reserve))))
}

fn judge(counter: &Counter, sum: Option<&Sum>) -> Reading {
    let Some(sum) = sum else { return Reading { outcome: Outcome::Unknown, used: 0 } };
    let used = sum.recorded().saturating_add(sum.reserved);
    Reading { outcome: counter.outcome(used), used }
}

#[cfg(test)]
mod tests;
