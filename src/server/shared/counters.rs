//! Sums within a period that must not pass a bound, as this process knows them: quotas and spend caps.
//!
//! A counter is what calls really added (`settled`) and what calls that are under way may add at most
//! (`reserved`). A call passes if `settled + reserved + amount <= limit`, so a bound is never passed,
//! however many calls are under way. The truth is the database; a counter only knows it earlier.
//!
//! What was settled has parts, one for each journal: ours, and the others'. A part only grows, and of two
//! messages about it the larger one is right. So it may be told by several ways, late, and again, and nothing is
//! lost or counted twice by it, as it would be if sums or additions were told.

use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use super::shards::{Locked, Shards};
use crate::types::time::DAY;

/// As many counters as a call takes from, at most.
pub const COUNTERS: usize = 3;

/// A counter is kept so long after its period, for calls that were under way and clocks that differ.
pub(super) const KEEP: i64 = 3 * DAY;

/// A counter is near its end when it has room for so few calls, or so small a part of its limit.
const FEW_CALLS: u64 = 64;
const SMALL_PART: u64 = 64;

/// An answer is noted sooner than so many microseconds after the one that was given next.
const LATE: i64 = 1_000_000;

/// When a part holds so many counters, those of past periods are dropped.
const SWEEP_AT: usize = 4 * 1024;

/// A sum within a period that must not pass a bound. No value may pass 2^63.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// What is bounded: `quota`, `key_cap`, …
    pub name: &'static str,
    pub(super) id: u64,
    /// Unix milliseconds after which the counter is of no more use.
    pub(super) period_end: i64,
    /// None only counts.
    pub limit: Option<u64>,
    /// The most that the call can add.
    pub amount: u64,
}

impl Counter {
    /// The counter `name` of `subject` (a subscription, a key, …) in `period`, in unix milliseconds. Another
    /// name, subject or beginning of the period is another counter.
    pub fn new(name: &'static str, subject: impl Hash, period: Range<i64>, limit: Option<u64>, amount: u64) -> Self {
        let id = FxBuildHasher.hash_one((name, subject, period.start));
        Self { name, id, period_end: period.end, limit, amount }
    }

    /// To be told what is used, and to hold nothing.
    #[must_use]
    pub fn to_look(self) -> Self {
        Self { limit: None, amount: 0, ..self }
    }

    /// Whether the call may add its amount to `used`.
    pub fn outcome(&self, used: u64) -> Outcome {
        match self.limit {
            Some(limit) if used.checked_add(self.amount).is_none_or(|sum| sum > limit) => Outcome::Reached,
            _ => Outcome::Allowed,
        }
    }

    /// Whether so little is left that calls can be refused for what one of them holds.
    pub(super) fn ends_soon(&self, used: u64) -> bool {
        self.limit.is_some_and(|limit| limit.saturating_sub(used) <= self.amount.saturating_mul(FEW_CALLS).max(limit / SMALL_PART))
    }
}

/// What a counter answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub outcome: Outcome,
    /// Settled, and reserved by other calls that are under way.
    pub used: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    /// The call could pass the limit.
    Reached,
    /// Nobody has said what was added before. Load the parts, give them to `Shared::seed`, and take again.
    Unknown,
}

pub type Standings = [Option<Standing>; COUNTERS];

/// Bounded by the subjects that exist: counters of past periods are dropped.
pub struct Counters(Shards<Sum>);

#[derive(Clone, Copy, Default)]
struct Sum {
    /// What calls of this instance's journal added in the period.
    own: u64,
    /// What is known of all others, and of that what Redis had when it last answered.
    others: u64,
    others_in_redis: u64,
    /// What calls of others held there then, under way or ended just before; and when that was.
    held_in_redis: u64,
    told_at_us: i64,
    reserved: u64,
    /// What calls are charged that are reserved still: the journal may have them or not.
    counted: u64,
    period_end: i64,
}

impl Sum {
    const fn settled(&self) -> u64 {
        self.own.saturating_add(self.others)
    }

    /// What calls of other instances added, with those that have not said so yet: most that hold something have ended.
    fn others_soon(&self) -> u64 {
        self.others.max(self.others_in_redis.saturating_add(self.held_in_redis))
    }
}

/// What was added to a counter, as the database has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// By the calls of this instance's journal.
    pub own: u64,
    /// By those of others, each with its journal.
    pub others: Vec<(String, u64)>,
}

impl Parts {
    pub fn of_others(&self) -> u64 {
        self.others.iter().fold(0, |sum, (_, part)| sum.saturating_add(*part))
    }
}

/// What Redis knows of a counter.
#[derive(Clone, Copy)]
pub struct Known {
    /// By Redis' clock.
    pub at_us: i64,
    pub own: u64,
    pub others: u64,
    /// What others reserved, and have not settled.
    pub held: u64,
}

/// What one call reserved in one counter.
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
    /// Reserves each counter's amount if all have room and `may` says so; else reserves nothing. The second
    /// answer is what was reserved, none if the call is refused.
    pub(super) fn take(&self, counters: &[Option<Counter>; COUNTERS], may: bool) -> (Standings, Option<[Option<Held>; COUNTERS]>) {
        let Some(any) = counters.iter().flatten().next() else { return ([None; COUNTERS], may.then_some([None; COUNTERS])) };
        if counters.iter().flatten().count() == 1 {
            return take_locked(self.0.lock([any.id]), counters, may);
        }
        // Where there is no counter, the place is filled with another: no part is locked twice.
        let ids = std::array::from_fn(|i| counters[i].as_ref().map_or(any.id, |counter| counter.id));
        take_locked(self.0.lock::<COUNTERS>(ids), counters, may)
    }

    /// Replaces what was reserved, and what [`count`](Self::count) noted, by what was really added. Answers what
    /// this instance added in all, or none for a counter that is not known.
    pub(super) fn settle(&self, held: Held, counted: u64, added: u64) -> Option<u64> {
        let mut locked = self.0.lock([held.id]);
        let sum = locked.get_mut(held.id)?;
        sum.reserved = sum.reserved.saturating_sub(held.amount);
        sum.counted = sum.counted.saturating_sub(counted);
        sum.own = sum.own.saturating_add(added);
        Some(sum.own)
    }

    /// Notes what a call is charged, while its reservation stays and nobody else is told. Answers what was charged
    /// before, or none for a counter that is not known: so calls that end are charged one after the other.
    pub(super) fn count(&self, held: &Held, added: u64) -> Option<u64> {
        let mut locked = self.0.lock([held.id]);
        let sum = locked.get_mut(held.id)?;
        let before = sum.own.saturating_add(sum.others_soon()).saturating_add(sum.counted);
        sum.counted = sum.counted.saturating_add(added);
        Some(before)
    }

    /// Notes what the database has. Answers what this instance added in all, and whether others added more than Redis
    /// had when it last answered.
    pub(super) fn learn(&self, now_ms: i64, counter: &Counter, parts: &Parts) -> (u64, bool) {
        self.change(now_ms, counter, |sum| {
            // Calls that are about to be settled may be in it already. If they are not, the next time mends it.
            sum.own = sum.own.max(parts.own.saturating_sub(sum.counted));
            sum.others = sum.others.max(parts.of_others());
            (sum.own, sum.others > sum.others_in_redis)
        })
    }

    /// Notes what Redis knows of a counter, and whether the call reserved its amount there. Answers what this instance
    /// knows to be used without the call.
    pub(super) fn adopt(&self, now_ms: i64, counter: &Counter, known: &Known, is_reserved: bool) -> u64 {
        self.change(now_ms, counter, |sum| {
            // Redis was told of it by an earlier run of this instance.
            sum.own = sum.own.max(known.own);
            sum.others = sum.others.max(known.others);
            // Answers may be noted in another order than they were given; and a clock may be put back.
            if !(0..LATE).contains(&(sum.told_at_us - known.at_us - 1)) {
                (sum.others_in_redis, sum.held_in_redis, sum.told_at_us) = (known.others, known.held, known.at_us);
            }
            let used = sum.settled().saturating_add(sum.reserved);
            sum.reserved = sum.reserved.saturating_add(if is_reserved { counter.amount } else { 0 });
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
) -> (Standings, Option<[Option<Held>; COUNTERS]>) {
    let standings: Standings = std::array::from_fn(|i| counters[i].as_ref().map(|counter| judge(counter, locked.get(counter.id))));
    let taken = may && standings.iter().flatten().all(|standing| standing.outcome == Outcome::Allowed);
    let mut reserve = |counter: &Counter| {
        let sum = locked.get_mut(counter.id)?;
        sum.reserved = sum.reserved.saturating_add(counter.amount);
        Some(Held { id: counter.id, period_end: counter.period_end, amount: counter.amount })
    };
    (standings, taken.then(|| std::array::from_fn(|i| counters[i].as_ref().and_then(&mut reserve))))
}

fn judge(counter: &Counter, sum: Option<&Sum>) -> Standing {
    let Some(sum) = sum else { return Standing { outcome: Outcome::Unknown, used: 0 } };
    let used = sum.settled().saturating_add(sum.reserved);
    Standing { outcome: counter.outcome(used), used }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(limit: Option<u64>, amount: u64) -> [Option<Counter>; COUNTERS] {
        [Some(Counter::new("quota", "subject", 0..1_000, limit, amount)), None, None]
    }

    fn parts(own: u64, others: u64) -> Parts {
        Parts { own, others: vec![("another".to_owned(), others)] }
    }

    fn take(counters: &Counters, call: &[Option<Counter>; COUNTERS]) -> (Outcome, u64) {
        let (standings, _) = counters.take(call, true);
        standings[0].map(|standing| (standing.outcome, standing.used)).unwrap()
    }

    #[test]
    fn what_is_under_way_counts_until_it_is_settled() {
        let (counters, call) = (Counters::default(), counter(Some(10), 4));
        assert_eq!(take(&counters, &call), (Outcome::Unknown, 0));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, 2));
        assert_eq!(take(&counters, &call), (Outcome::Allowed, 2));
        assert_eq!(take(&counters, &call), (Outcome::Allowed, 6));
        assert_eq!(take(&counters, &call), (Outcome::Reached, 10));
        let held = Held { id: call[0].unwrap().id, period_end: 0, amount: 4 };
        counters.settle(held, 0, 1);
        counters.settle(held, 0, 0);
        assert_eq!(take(&counters, &call), (Outcome::Allowed, 3));
    }

    #[test]
    fn who_only_looks_holds_nothing_and_is_told_what_is_used() {
        let (counters, call) = (Counters::default(), counter(Some(10), 4));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, 6));
        let look = call.map(|counter| counter.map(Counter::to_look));
        assert_eq!((take(&counters, &look), take(&counters, &look)), ((Outcome::Allowed, 6), (Outcome::Allowed, 6)));
        assert_eq!([4, 5].map(|amount| counter(Some(10), amount)[0].unwrap().outcome(6)), [Outcome::Allowed, Outcome::Reached]);
    }

    #[test]
    fn a_counter_without_a_limit_only_counts() {
        let (counters, call) = (Counters::default(), counter(None, u64::MAX));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, u64::MAX - 1));
        assert_eq!(take(&counters, &call).0, Outcome::Allowed);
        assert_eq!(take(&counters, &call), (Outcome::Allowed, u64::MAX));
    }

    #[test]
    fn what_the_database_has_never_lowers_what_is_known() {
        let (counters, call) = (Counters::default(), counter(Some(10), 1));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, 7));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, 5));
        assert_eq!(take(&counters, &call), (Outcome::Allowed, 7));
    }

    #[test]
    fn a_call_that_the_database_has_before_it_is_settled_counts_once() {
        let (counters, call) = (Counters::default(), counter(Some(10), 4));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(0, 1));
        let (_, held) = counters.take(&call, true);
        let held = held.unwrap()[0].unwrap();
        assert_eq!(counters.count(&held, 3), Some(1));
        // The journal was applied meanwhile.
        counters.learn(0, call[0].as_ref().unwrap(), &parts(3, 1));
        assert_eq!(counters.settle(held, 3, 3), Some(3));
        assert_eq!(take(&counters, &call), (Outcome::Allowed, 4));
        counters.learn(0, call[0].as_ref().unwrap(), &parts(3, 1));
        assert_eq!(take(&counters, &counter(Some(10), 2)), (Outcome::Allowed, 8), "with what the call before holds");
    }

    #[test]
    fn what_others_hold_comes_before_a_call_that_is_charged_but_not_twice() {
        let (counters, call) = (Counters::default(), counter(Some(100), 4));
        let call = call[0].as_ref().unwrap();
        let known = |at_us, others, held| Known { at_us, own: 0, others, held };
        assert_eq!(counters.adopt(0, call, &known(10, 5, 3), true), 5);
        // An answer that is older, and noted later.
        counters.adopt(0, call, &known(9, 4, 1), false);
        let held = Held { id: call.id, period_end: 0, amount: 4 };
        assert_eq!(counters.count(&held, 1), Some(8));
        // The database has some of it by now, then all and more.
        counters.learn(0, call, &parts(0, 7));
        assert_eq!(counters.count(&held, 0), Some(9));
        counters.learn(0, call, &parts(0, 12));
        assert_eq!(counters.count(&held, 0), Some(13));
        // Redis' clock was put back.
        counters.adopt(0, call, &known(10 - 2 * LATE, 12, 7), false);
        assert_eq!(counters.count(&held, 0), Some(20));
    }

    #[test]
    fn counters_of_past_periods_are_dropped() {
        let counters = Counters::default();
        for round in 0..30 {
            let now = round * 2 * KEEP;
            for subject in 0..64 * SWEEP_AT / 10 {
                counters.learn(now, &Counter::new("quota", (round, subject), now..now + 1, None, 1), &Parts::default());
            }
        }
        assert!(counters.0.len() <= 64 * SWEEP_AT, "{}", counters.0.len());
    }
}
