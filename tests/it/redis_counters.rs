//! Sums that several instances add to, and that Redis may lose.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tollgate::server::clock::Clock;
use tollgate::server::config::RedisConfig;
use tollgate::server::random;
use tollgate::server::shared::{Bucket, COUNTERS, Counter, Outcome, Parts, Reservation, Shared};
use tollgate::types::id::{JournalId, OrgId};
use tollgate::types::time::{DAY, MINUTE};

use crate::support::{RedisServer, eventually};

/// An instance, and its counter.
struct Instance {
    shared: Arc<Shared>,
    clock: Clock,
    journal: JournalId,
    org: OrgId,
    stop: CancellationToken,
}

impl Instance {
    async fn start(redis: &RedisServer, org: &OrgId) -> Self {
        Self::with_journal(redis, org, random::id()).await
    }

    async fn with_journal(redis: &RedisServer, org: &OrgId, journal: JournalId) -> Self {
        let (clock, stop) = (Clock::default(), CancellationToken::new());
        let config = RedisConfig {
            redis_url: Some(redis.url().parse().expect("a URL")),
            redis_deadline_ms: 3000,
        };
        let shared = Arc::new(Shared::open(&config, &clock, &journal, None).await.expect("opens"));
        let (running, stopped) = (Arc::clone(&shared), stop.clone());
        tokio::spawn(async move { running.run(&stopped).await });
        Self { shared, clock, journal, org: org.clone(), stop }
    }

    fn counter(&self, amount: u64) -> Counter {
        Counter::new("quota", self.org.as_str(), 0..self.clock.now().0 + DAY, Some(100), amount)
    }

    /// The value of the counter, and its reservation.
    async fn take(&self, amount: u64) -> (Outcome, u64, Option<Reservation>) {
        let mut counters = [None; COUNTERS];
        counters[0] = Some(self.counter(amount));
        let taken = self.shared.take(&self.org, self.clock.now_us(), &[], &counters).await;
        let reading = taken.counters[0].expect("an answer");
        (reading.outcome, reading.used, taken.reservation)
    }

    async fn used(&self) -> (Outcome, u64) {
        let (outcome, used, _) = self.take(0).await;
        (outcome, used)
    }

    async fn add(&self, amount: u64) {
        let (outcome, _, reservation) = self.take(amount).await;
        assert_eq!(outcome, Outcome::Allowed);
        reservation.expect("reserved").finalise([amount, 0, 0]);
    }

    /// As the gateway does it while Redis does not know the counter.
    fn add_here(&self, amount: u64) {
        let taken = self.shared.take_here(
            &self.org,
            self.clock.now_us(),
            &[],
            &[Some(self.counter(amount)), None, None],
        );
        taken.reservation.expect("reserved").finalise([amount, 0, 0]);
    }

    /// The database: what an earlier instance counted, and what each of these did.
    fn parts(earlier: u64, own: u64, others: &[(&Self, u64)]) -> Parts {
        let others = others.iter().map(|(other, part)| (other.journal.to_string(), *part));
        Parts { own, others: others.chain([("earlier".to_owned(), earlier)]).collect() }
    }

    /// Until Redis knows it: the next call may overtake the update.
    async fn seed(&self, earlier: u64, own: u64, others: &[(&Self, u64)]) {
        self.shared.seed(
            &self.org,
            self.clock.now_us(),
            &self.counter(0),
            &Self::parts(earlier, own, others),
        );
        eventually("it is reported to Redis", || async {
            (self.used().await.0 != Outcome::Unknown).then_some(())
        })
        .await;
    }

    /// As the applier does it after a batch.
    fn report(&self, earlier: u64, own: u64, others: &[(&Self, u64)]) {
        self.shared.report(
            &self.org,
            self.clock.now_us(),
            &self.counter(0),
            &Self::parts(earlier, own, others),
        );
    }

    async fn has_reported(&self, redis: &RedisServer, sum: &str) {
        let counter = &redis.lines(&["keys", "*parts*"])[0];
        let field = format!("p{}", self.journal);
        eventually("Redis knows this instance's part", || async {
            (redis.lines(&["hget", counter, &field]) == [sum]).then_some(())
        })
        .await;
    }

    async fn is_up(&self, up: bool) {
        eventually("Redis comes or goes", || async {
            (self.shared.redis().expect("by Redis").is_up == up).then_some(())
        })
        .await;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn two() -> Option<(Instance, Instance, RedisServer)> {
    let (redis, org) = (RedisServer::start().await?, random::id());
    Some((Instance::start(&redis, &org).await, Instance::start(&redis, &org).await, redis))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_instance_reserves_and_finalises_counts_on_the_other() {
    let Some((a, b, redis)) = two().await else { return };
    assert_eq!(a.used().await, (Outcome::Unknown, 0));
    a.seed(10, 0, &[]).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 10));
    let (_, _, reservation) = a.take(50).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 60));
    assert_eq!(b.take(41).await.0, Outcome::Reached);
    reservation.expect("reserved").finalise([5, 0, 0]);
    // Without another call: within a moment.
    eventually("the other instance knows", || async {
        (b.used().await == (Outcome::Allowed, 15)).then_some(())
    })
    .await;
    // And with the next call of the same organisation, immediately.
    a.add(7).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 22));
    let ttl: i64 =
        redis.lines(&["pttl", &redis.lines(&["keys", "*parts*"])[0]])[0].parse().expect("a number");
    assert!((3 * DAY..5 * DAY).contains(&ttl), "{ttl}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_at_once_on_two_instances_never_pass_the_limit() {
    let Some((a, b, _redis)) = two().await else { return };
    a.seed(0, 0, &[]).await;
    let calls = (0..60).map(|i| if i % 2 == 0 { a.take(3) } else { b.take(3) });
    let taken = futures::future::join_all(calls).await;
    assert_eq!(taken.iter().filter(|(outcome, ..)| *outcome == Outcome::Allowed).count(), 33);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_instance_reserved_that_died_is_free_again_after_some_minutes() {
    let Some((a, b, _redis)) = two().await else { return };
    a.seed(10, 0, &[]).await;
    let (_, _, reservation) = a.take(90).await;
    std::mem::forget(reservation);
    drop(a);
    assert_eq!(b.take(1).await.0, Outcome::Reached);
    b.clock.advance(2 * MINUTE);
    assert_eq!(b.take(1).await.0, Outcome::Reached);
    b.clock.advance(MINUTE);
    assert_eq!(b.take(1).await.0, Outcome::Allowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_added_while_redis_was_unavailable_is_sent_when_it_is_back() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(10, 0, &[]).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 10));
    assert_eq!(b.used().await, (Outcome::Allowed, 10));
    redis.pause();
    // The first waits for its deadline, and then each uses its own knowledge.
    a.add(20).await;
    a.add(20).await;
    b.add(5).await;
    assert_eq!((a.used().await.1, b.used().await.1), (50, 15));
    // Meanwhile the database has all of it, and each learns of the other.
    a.report(10, 40, &[(&b, 5)]);
    b.report(10, 5, &[(&a, 40)]);
    assert_eq!((a.used().await.1, b.used().await.1), (55, 55));
    redis.go_on();
    a.is_up(true).await;
    b.is_up(true).await;
    // Requests to a hung Redis run when it continues, for nobody: like the reservation of a dead
    // instance.
    a.clock.advance(3 * MINUTE);
    b.clock.advance(3 * MINUTE);
    eventually("both are reported", || async {
        (b.used().await.1 == 55 && a.used().await.1 == 55).then_some(())
    })
    .await;
    a.has_reported(&redis, "40").await;
    b.has_reported(&redis, "5").await;
    assert_eq!(
        (a.used().await.1, b.used().await.1),
        (55, 55),
        "counted once each, however often reported"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_has_before_redis_is_updated_counts_once() {
    let Some((a, b, _redis)) = two().await else { return };
    a.seed(0, 0, &[]).await;
    for round in 1..=20 {
        b.add(1).await;
        // The other instance reads it from the database before Redis can send it.
        a.report(0, round - 1, &[(&b, round)]);
        a.add(1).await;
        b.report(0, round, &[(&a, round)]);
    }
    eventually("all is reported", || async {
        (a.used().await.1 == 40 && b.used().await.1 == 40).then_some(())
    })
    .await;
    assert_eq!((a.take(60).await.0, b.take(61).await.0), (Outcome::Allowed, Outcome::Reached));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_redis_has_lost_is_bounded_by_what_the_instance_knows() {
    let Some((a, _b, redis)) = two().await else { return };
    a.seed(90, 0, &[]).await;
    a.add(8).await;
    redis.lines(&["flushall"]);
    assert_eq!(a.used().await.0, Outcome::Unknown);
    let take = |amount| {
        a.shared.take_here(&a.org, a.clock.now_us(), &[], &[Some(a.counter(amount)), None, None])
    };
    assert_eq!(take(3).counters[0].expect("an answer").outcome, Outcome::Reached);
    assert_eq!(take(2).counters[0].expect("an answer").outcome, Outcome::Allowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_redis_has_lost_while_the_database_is_away_is_bounded_by_what_each_instance_knows()
 {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(90, 0, &[]).await;
    a.add(4).await;
    a.has_reported(&redis, "4").await;
    assert_eq!(b.used().await, (Outcome::Allowed, 94));
    redis.lines(&["flushall"]);
    a.seed(0, 0, &[]).await;
    for instance in [&a, &b] {
        assert_eq!(instance.used().await, (Outcome::Allowed, 94));
        let (outcome, _, reservation) = instance.take(7).await;
        assert!(outcome == Outcome::Reached && reservation.is_none());
        assert_eq!(instance.take(6).await.0, Outcome::Allowed);
    }
    // The database responds again: its values replace the old ones.
    a.seed(90, 4, &[]).await;
    eventually("both know", || async {
        (a.used().await.1 == 94 && b.used().await.1 == 94).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_back_empty_is_seeded_and_no_addition_counts_twice() {
    let Some((a, b, mut redis)) = two().await else { return };
    a.seed(10, 0, &[]).await;
    a.add(5).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 15));
    redis.kill();
    a.add(20).await;
    b.add(1).await;
    redis.restart().await;
    a.is_up(true).await;
    b.is_up(true).await;
    assert_eq!(a.used().await.0, Outcome::Unknown);
    // The database has most of it.
    a.seed(10, 5, &[(&b, 1)]).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 36));
    b.seed(10, 1, &[(&a, 25)]).await;
    b.add(4).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 40));
    assert_eq!(a.used().await, (Outcome::Allowed, 40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_added_to_a_counter_that_redis_lost_is_sent_by_the_instance_that_added_it() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(10, 0, &[]).await;
    a.add(20).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 30));
    redis.lines(&["flushall"]);
    a.add_here(3);
    // Another instance seeds the counter first, and the database has half of it.
    b.seed(10, 0, &[(&a, 7)]).await;
    // What this one sends in any case after its next batch.
    a.report(10, 20, &[]);
    eventually("both know", || async {
        (a.used().await.1 == 33 && b.used().await.1 == 33).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_started_again_goes_on_with_its_part() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(10, 0, &[]).await;
    a.add(5).await;
    a.stop.cancel();
    a.has_reported(&redis, "5").await;
    let again = Instance::with_journal(&redis, &a.org, a.journal.clone()).await;
    again.add(2).await;
    eventually("both know", || async {
        (again.used().await.1 == 17 && b.used().await.1 == 17).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_calls_under_way_hold_counts_though_redis_has_lost_it() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(0, 0, &[]).await;
    let (_, _, held) = a.take(60).await;
    redis.lines(&["flushall"]);
    a.seed(0, 0, &[]).await;
    assert_eq!(a.take(60).await.0, Outcome::Reached);
    // One instance does not release the other's reservations.
    let (outcome, _, others) = b.take(40).await;
    assert!(outcome == Outcome::Allowed && others.is_some());
    drop(held);
    eventually("it is given back", || async { (a.used().await.1 == 40).then_some(()) }).await;
    assert_eq!((a.take(61).await.0, b.take(61).await.0), (Outcome::Reached, Outcome::Reached));
    assert_eq!(a.take(60).await.0, Outcome::Allowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_back_with_an_older_state_gets_what_the_database_has() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(0, 0, &[]).await;
    b.add(5).await;
    b.has_reported(&redis, "5").await;
    // The other is gone, and Redis restored to an earlier state.
    let part = &redis.lines(&["keys", "*parts*"])[0];
    redis.lines(&["hset", part, &format!("p{}", b.journal), "2"]);
    b.stop.cancel();
    assert_eq!(a.used().await, (Outcome::Allowed, 2));
    a.report(0, 0, &[(&b, 5)]);
    b.has_reported(&redis, "5").await;
    assert_eq!(a.used().await, (Outcome::Allowed, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_only_this_instance_refuses_takes_one_token_of_each_limit() {
    let Some((a, _b, redis)) = two().await else { return };
    a.seed(90, 0, &[]).await;
    redis.lines(&["flushall"]);
    a.seed(0, 0, &[]).await;
    let bucket = Bucket::new("key", "subject", "10/3600".parse().expect("a rate"));
    let taken = a
        .shared
        .take(&a.org, a.clock.now_us(), &[bucket], &[Some(a.counter(11)), None, None])
        .await;
    assert_eq!(taken.counters[0].expect("an answer").outcome, Outcome::Reached);
    assert!(taken.took_tokens && taken.reservation.is_none());
    assert_eq!(taken.verdicts[0].remaining, 9);
}
