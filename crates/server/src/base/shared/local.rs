//! Limits and counters of this process alone.

use std::sync::Arc;

use super::counters::{COUNTERS, Counter, Counters};
use super::taken::{Reservation, Taken};
use super::{Bucket, Limiter};

#[derive(Default)]
pub struct Local {
    pub limiter: Limiter,
    pub(super) counters: Counters,
}

impl Local {
    pub(super) fn take<const N: usize>(
        self: &Arc<Self>,
        now_us: i64,
        buckets: &[Bucket; N],
        counters: &[Option<Counter>; COUNTERS],
    ) -> Taken<N> {
        let (mut readings, mut held) = ([None; COUNTERS], None);
        let verdicts = self.limiter.take_with(now_us, buckets, |all_pass| {
            (readings, held) = self.counters.take(counters, all_pass);
            held.is_some()
        });
        let took_tokens = held.is_some();
        let held = held.filter(|held| held.iter().any(Option::is_some));
        let reservation = held.map(|held| Reservation::new(self, held));
        Taken { verdicts, took_tokens, counters: readings, reservation }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Parts, Shared};
    use super::*;
    use crate::config::Rate;
    use tollgate_types::id::OrgId;

    const NOW: i64 = 1_000_000;

    fn org() -> OrgId {
        "org_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap()
    }

    fn bucket(calls: u32) -> [Bucket; 1] {
        [Bucket::new("key", "subject", Rate { calls, seconds: 1 })]
    }

    fn counter(name: &'static str, limit: u64) -> Counter {
        Counter::new(name, "subject", 0..1_000, Some(limit), 4)
    }

    #[tokio::test]
    async fn a_bucket_or_a_counter_that_refuses_leaves_all_others_as_they_were() {
        let shared = Shared::default();
        let counters = [Some(counter("quota", 100)), None, Some(counter("cap", 7))];
        let unknown = shared.take(&org(), NOW, &bucket(3), &counters).await;
        assert!(unknown.is_unknown() && unknown.reservation.is_none());
        assert_eq!(unknown.verdicts[0].remaining, 3);
        for counter in counters.iter().flatten() {
            shared.seed(&org(), NOW, counter, &Parts::default());
        }
        let first = shared.take(&org(), NOW, &bucket(3), &counters).await;
        assert_eq!((first.verdicts[0].remaining, first.counters[0].unwrap().used), (2, 0));
        // The cap refuses: the bucket keeps its token, the quota its room.
        let refused = shared.take(&org(), NOW, &bucket(3), &counters).await;
        assert!(refused.reservation.is_none() && !refused.is_unknown());
        assert_eq!((refused.verdicts[0].allowed, refused.verdicts[0].remaining), (true, 2));
        assert_eq!(
            refused.counters.map(|found| found.map(|found| found.outcome)),
            [Some(Outcome::Allowed), None, Some(Outcome::Reached)]
        );
        // The bucket refuses: no counter is touched.
        drop(first);
        let refused = shared
            .take(
                &org(),
                NOW,
                &[Bucket::new("ip", "subject", Rate { calls: 1, seconds: 1 })],
                &[None; COUNTERS],
            )
            .await;
        assert!(refused.verdicts[0].allowed && refused.reservation.is_none());
        let refused = shared
            .take(
                &org(),
                NOW,
                &[Bucket::new("ip", "subject", Rate { calls: 1, seconds: 1 })],
                &counters,
            )
            .await;
        assert!(!refused.verdicts[0].allowed && refused.reservation.is_none());
        assert_eq!(refused.counters.map(|found| found.map_or(0, |found| found.used)), [0, 0, 0]);
    }

    #[tokio::test]
    async fn calls_are_counted_in_the_order_in_which_they_end_and_a_dropped_one_not_at_all() {
        let shared = Shared::default();
        let counters = [Some(counter("quota", 100)), None, None];
        shared.seed(
            &org(),
            NOW,
            counters[0].as_ref().unwrap(),
            &Parts { own: 10, others: Vec::new() },
        );
        let take = async || shared.take(&org(), NOW, &[], &counters).await;
        let (mut slow, mut quick) =
            (take().await.reservation.unwrap(), take().await.reservation.unwrap());
        assert_eq!(quick.count(0, 1), Some(10));
        quick.finalise([1, 0, 0]);
        assert_eq!(slow.count(0, 3), Some(11));
        drop(slow);
        assert_eq!(take().await.counters[0].unwrap().used, 11);
    }

    #[tokio::test]
    async fn a_reservation_is_finalised_or_returned() {
        let shared = Shared::default();
        let counters = [Some(counter("quota", 100)), None, None];
        shared.seed(
            &org(),
            NOW,
            counters[0].as_ref().unwrap(),
            &Parts { own: 10, others: Vec::new() },
        );
        let used =
            async || shared.take(&org(), NOW, &[], &counters).await.counters[0].unwrap().used;
        let taken = shared.take(&org(), NOW, &[], &counters).await;
        assert_eq!(used().await, 14);
        taken.reservation.unwrap().finalise([1, 0, 0]);
        assert_eq!(used().await, 11);
        drop(shared.take(&org(), NOW, &[], &counters).await);
        assert_eq!(used().await, 11);
        // The journal may have its call, even if its client disconnected.
        let mut reservation = shared.take(&org(), NOW, &[], &counters).await.reservation.unwrap();
        reservation.will_add([2, 0, 0]);
        drop(reservation);
        assert_eq!(used().await, 13);
    }
}
