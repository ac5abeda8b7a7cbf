//! The token buckets of this process. Several are taken together: all or none.

use super::gcra::{Bucket, Verdict};
use super::shards::{Locked, Shards};

/// The number of buckets in a shard from which full ones are dropped.
const SWEEP_AT: usize = 16 * 1024;

/// Theoretical arrival times, in unix nanoseconds. Bounded: a bucket lives only until it is full
/// again.
pub struct Limiter(Shards<i64>);

impl Default for Limiter {
    fn default() -> Self {
        Self(Shards::new(SWEEP_AT))
    }
}

impl Limiter {
    /// Takes one token from each bucket if all of them have one; otherwise takes none.
    pub fn take<const N: usize>(&self, now_us: i64, buckets: &[Bucket; N]) -> [Verdict; N] {
        self.take_with(now_us, buckets, |all_pass| all_pass)
    }

    /// Takes one token from each bucket if `decide` agrees; it gets whether all of them have one,
    /// and nobody else takes from them meanwhile.
    pub fn take_with<const N: usize>(
        &self,
        now_us: i64,
        buckets: &[Bucket; N],
        decide: impl FnOnce(bool) -> bool,
    ) -> [Verdict; N] {
        let mut locked = self.0.lock(ids(buckets));
        let tats = std::array::from_fn::<_, N, _>(|i| tat(&locked, &buckets[i]));
        let debts = std::array::from_fn::<_, N, _>(|i| buckets[i].debt_ns(tats[i], now_us));
        let all_pass = buckets.iter().zip(debts).all(|(bucket, debt)| bucket.has_token(debt));
        let taken = decide(all_pass);
        for (i, bucket) in buckets.iter().enumerate() {
            let full_at = now_us * 1_000 + debts[i];
            if taken {
                set(&mut locked, bucket, now_us, full_at + bucket.interval_ns());
            } else if full_at < tats[i] {
                // The clock was set back.
                set(&mut locked, bucket, now_us, full_at);
            }
        }
        std::array::from_fn(|i| buckets[i].verdict(debts[i], taken))
    }

    /// Whether the bucket has a token, without taking it.
    pub fn peek(&self, now_us: i64, bucket: &Bucket) -> Verdict {
        let tat = tat(&self.0.lock([bucket.id]), bucket);
        bucket.verdict(bucket.debt_ns(tat, now_us), false)
    }

    /// What [`take`](Self::take) would return, without taking.
    pub fn preview<const N: usize>(&self, now_us: i64, buckets: &[Bucket; N]) -> [Verdict; N] {
        let locked = self.0.lock(ids(buckets));
        let debts = std::array::from_fn::<_, N, _>(|i| {
            buckets[i].debt_ns(tat(&locked, &buckets[i]), now_us)
        });
        let all_pass = buckets.iter().zip(debts).all(|(bucket, debt)| bucket.has_token(debt));
        std::array::from_fn(|i| buckets[i].verdict(debts[i], all_pass))
    }

    /// Merges the missing part of each bucket from a better source. Never decreases it: such
    /// responses may arrive out of order.
    pub(super) fn note<const N: usize>(
        &self,
        now_us: i64,
        buckets: &[Bucket; N],
        debts: &[i64; N],
    ) {
        let mut locked = self.0.lock(ids(buckets));
        for (bucket, debt) in buckets.iter().zip(debts) {
            let full_at = now_us * 1_000 + debt;
            if full_at > tat(&locked, bucket) {
                set(&mut locked, bucket, now_us, full_at);
            }
        }
    }
}

fn ids<const N: usize>(buckets: &[Bucket; N]) -> [u64; N] {
    std::array::from_fn(|i| buckets[i].id)
}

fn tat<const N: usize>(locked: &Locked<'_, i64, N>, bucket: &Bucket) -> i64 {
    locked.get(bucket.id).copied().unwrap_or(0)
}

fn set<const N: usize>(locked: &mut Locked<'_, i64, N>, bucket: &Bucket, now_us: i64, tat: i64) {
    locked.insert(bucket.id, tat, SWEEP_AT, |tat| *tat > now_us * 1_000);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gcra::Policy;
    use super::*;
    use crate::config::Rate;

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
    fn a_bucket_with_a_larger_burst_gives_that_at_once_and_then_its_rate() {
        let limiter = Limiter::default();
        let key = [bucket("key", 10, 1).with_burst(Some(25))];
        assert_eq!((0..50).filter(|_| limiter.take(SECOND, &key)[0].allowed).count(), 25);
        assert_eq!((0..50).filter(|_| limiter.take(2 * SECOND, &key)[0].allowed).count(), 10);
        let slow = [bucket("slow", 1, 86_400).with_burst(Some(1_000_000_000))];
        assert!(limiter.take(SECOND, &slow)[0].allowed);
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
                limiter.take(
                    round * SECOND * 10,
                    &[Bucket::new("key", (round, subject), Rate { calls: 1, seconds: 1 })],
                );
            }
        }
        let held = limiter.0.len();
        assert!(held <= 64 * SWEEP_AT, "{held}");
    }

    proptest! {
        /// In any period, at most one burst plus the refill of the rate.
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
