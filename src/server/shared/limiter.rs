//! Rate limits as token buckets, by the generic cell rate algorithm (GCRA, ITU-T I.371): a bucket
//! is one number, the theoretical arrival time at which it would be full again. Several buckets
//! are taken together: all or none.

use std::hash::{BuildHasher, Hash};

use parking_lot::{Mutex, MutexGuard};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::server::config::Rate;

const SHARDS: usize = 64;
/// When a shard holds so many buckets, those that are full again are dropped.
const SWEEP_AT: usize = 16 * 1024;

/// The name of a limit, as it stands in `RateLimit-Policy`.
pub type Policy = &'static str;

/// One limit that a call must pass.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    pub policy: Policy,
    id: u64,
    pub rate: Rate,
}

impl Bucket {
    /// The bucket of `policy` for `subject`: a key id, an address, …
    pub fn new(policy: Policy, subject: impl Hash, rate: Rate) -> Self {
        Self { policy, id: FxBuildHasher.hash_one((policy, subject)), rate }
    }

    /// Nanoseconds until one token returns. At least one: [`Rate`] allows no more than one call each.
    const fn interval_ns(&self) -> i64 {
        self.rate.seconds as i64 * 1_000_000_000 / self.rate.calls as i64
    }

    /// What a full bucket is worth: exactly the window's calls, however the division rounded.
    const fn window_ns(&self) -> i64 {
        self.interval_ns() * self.rate.calls as i64
    }

    fn shard(&self) -> usize {
        // FxHash mixes into the upper bits.
        (self.id >> 58) as usize % SHARDS
    }
}

/// What a bucket answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub policy: Policy,
    pub rate: Rate,
    pub allowed: bool,
    /// Tokens that are left after this call.
    pub remaining: u32,
    /// Microseconds until the bucket is full again.
    pub reset_us: i64,
    /// Microseconds until one more call would pass; 0 if it would now.
    pub retry_us: i64,
}

/// Buckets of this process. Bounded: a bucket lives only until it is full again.
pub struct Limiter {
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Default)]
struct Shard {
    /// Theoretical arrival times, in unix nanoseconds.
    tats: FxHashMap<u64, i64>,
    sweep_at: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { tats: FxHashMap::default(), sweep_at: SWEEP_AT });
        Self { shards: (0..SHARDS).map(|_| shard()).collect() }
    }
}

impl Limiter {
    /// Takes one token from each bucket if all of them have one; else takes none.
    pub fn take<const N: usize>(&self, now_us: i64, buckets: &[Bucket; N]) -> [Verdict; N] {
        let mut locked = self.lock(buckets);
        let mut verdicts = buckets.map(|bucket| judge(&bucket, locked.tat(&bucket), now_us));
        if verdicts.iter().all(|verdict| verdict.allowed) {
            for bucket in buckets {
                let tat = locked.tat(bucket).clamp(now_us * 1_000, now_us * 1_000 + bucket.window_ns());
                locked.set(bucket, now_us * 1_000, tat + bucket.interval_ns());
            }
        } else {
            // Nothing was taken, so what is left is what was there before.
            for (bucket, verdict) in buckets.iter().zip(&mut verdicts) {
                let full = now_us * 1_000 + bucket.window_ns();
                if locked.tat(bucket) > full {
                    locked.set(bucket, now_us * 1_000, full);
                }
                if verdict.allowed {
                    verdict.remaining += 1;
                    verdict.reset_us = (verdict.reset_us - bucket.interval_ns() / 1_000).max(0);
                }
            }
        }
        verdicts
    }

    /// Whether the bucket has a token, without taking it.
    pub fn peek(&self, now_us: i64, bucket: &Bucket) -> Verdict {
        let locked = self.lock(std::array::from_ref(bucket));
        judge(bucket, locked.tat(bucket), now_us)
    }

    /// Locks the shards of all buckets, each once and in one order, so that two calls never wait for each other.
    fn lock<const N: usize>(&self, buckets: &[Bucket; N]) -> Locked<'_, N> {
        let mut order = buckets.map(|bucket| bucket.shard());
        order.sort_unstable();
        let mut guards = [const { None }; N];
        for (i, shard) in order.iter().enumerate() {
            if i == 0 || order[i - 1] != *shard {
                guards[i] = Some((*shard, self.shards[*shard].lock()));
            }
        }
        Locked { guards }
    }
}

struct Locked<'a, const N: usize> {
    guards: [Option<(usize, MutexGuard<'a, Shard>)>; N],
}

impl<const N: usize> Locked<'_, N> {
    fn tat(&self, bucket: &Bucket) -> i64 {
        let shard = bucket.shard();
        let found = self.guards.iter().flatten().find(|(index, _)| *index == shard);
        found.and_then(|(_, guard)| guard.tats.get(&bucket.id)).copied().unwrap_or(0)
    }

    fn set(&mut self, bucket: &Bucket, now_ns: i64, tat: i64) {
        let index = bucket.shard();
        let Some((_, shard)) = self.guards.iter_mut().flatten().find(|(i, _)| *i == index) else { return };
        if shard.tats.len() >= shard.sweep_at {
            shard.tats.retain(|_, tat| *tat > now_ns);
            // If most are in use, look again only after as many more.
            shard.sweep_at = SWEEP_AT.max(shard.tats.len() * 2);
        }
        shard.tats.insert(bucket.id, tat);
    }
}

fn judge(bucket: &Bucket, tat: i64, now_us: i64) -> Verdict {
    let (now, interval, window) = (now_us * 1_000, bucket.interval_ns(), bucket.window_ns());
    // A clock that was put back must not keep a bucket empty for as long.
    let tat = tat.clamp(now, now + window);
    let next = tat + interval;
    let free = window - (next - now);
    let allowed = free >= 0;
    let verdict = Verdict { policy: bucket.policy, rate: bucket.rate, allowed, remaining: 0, reset_us: 0, retry_us: 0 };
    if allowed {
        let remaining = u32::try_from(free / interval).unwrap_or(u32::MAX);
        let retry_us = if remaining > 0 { 0 } else { us_up(interval - free % interval) };
        Verdict { remaining, reset_us: us_up(next - now), retry_us, ..verdict }
    } else {
        Verdict { reset_us: us_up(tat - now), retry_us: us_up(-free), ..verdict }
    }
}

/// Rounded up, so that whoever waits that long has waited long enough.
const fn us_up(ns: i64) -> i64 {
    (ns + 999) / 1_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn bucket(policy: Policy, calls: u32, seconds: u32) -> Bucket {
        Bucket::new(policy, "subject", Rate { calls, seconds })
    }

    #[test]
    fn a_burst_of_one_windows_worth_passes_and_no_more() {
        let limiter = Limiter::default();
        let key = [bucket("key", 20, 1)];
        let passed = (0..50).filter(|_| limiter.take(SECOND, &key)[0].allowed).count();
        assert_eq!(passed, 20);
        let refused = limiter.take(SECOND, &key)[0];
        assert_eq!((refused.remaining, refused.retry_us), (0, SECOND / 20));
        assert!(limiter.take(SECOND + refused.retry_us, &key)[0].allowed);
    }

    #[test]
    fn when_one_bucket_refuses_no_other_loses_a_token() {
        let limiter = Limiter::default();
        let (small, large) = (bucket("small", 1, 60), bucket("large", 10, 1));
        assert!(limiter.take(SECOND, &[small, large]).iter().all(|v| v.allowed));
        for _ in 0..5 {
            let [small, large] = limiter.take(SECOND, &[small, large]);
            assert!(!small.allowed);
            assert_eq!(large.remaining, 9);
        }
    }

    #[test]
    fn a_clock_that_is_put_back_does_not_keep_a_bucket_empty() {
        let limiter = Limiter::default();
        let key = [bucket("key", 2, 1)];
        for _ in 0..3 {
            limiter.take(3600 * SECOND, &key);
        }
        let refused = limiter.take(SECOND, &key)[0];
        assert!(!refused.allowed && refused.retry_us <= SECOND / 2);
        assert!(limiter.take(2 * SECOND, &key)[0].allowed);
    }

    #[test]
    fn a_rate_that_does_not_divide_a_second_lets_no_call_more_through() {
        for calls in [3, 7, 1500, 700_000] {
            let limiter = Limiter::default();
            let key = [bucket("key", calls, 1)];
            let passed = (0..=calls).filter(|_| limiter.take(SECOND, &key)[0].allowed).count();
            assert_eq!(passed, calls as usize);
        }
    }

    #[test]
    fn buckets_that_are_full_again_are_dropped() {
        let limiter = Limiter::default();
        for round in 0..40 {
            for subject in 0..SWEEP_AT {
                limiter.take(round * SECOND * 10, &[Bucket::new("key", (round, subject), Rate { calls: 1, seconds: 1 })]);
            }
        }
        let held: usize = limiter.shards.iter().map(|shard| shard.lock().tats.len()).sum();
        assert!(held <= SHARDS * SWEEP_AT, "{held}");
    }

    proptest! {
        /// In any stretch of time, at most one burst plus what the rate gives back.
        #[test]
        fn never_more_than_the_rate_plus_one_burst(
            calls in 1u32..50, seconds in 1u32..10, steps in proptest::collection::vec(0i64..400_000, 1..300)
        ) {
            let limiter = Limiter::default();
            let key = [bucket("key", calls, seconds)];
            let mut now = SECOND;
            let mut passed: Vec<i64> = Vec::new();
            for step in steps {
                now += step;
                if limiter.take(now, &key)[0].allowed { passed.push(now); }
            }
            for (i, from) in passed.iter().enumerate() {
                for (j, to) in passed.iter().enumerate().skip(i) {
                    let refilled = (to - from) * i64::from(calls) / (i64::from(seconds) * SECOND);
                    prop_assert!((j - i + 1) as i64 <= i64::from(calls) + refilled + 1);
                }
            }
        }
    }
}
