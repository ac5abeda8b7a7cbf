//! Sums that several instances add to, and that Redis may lose.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tollgate::server::clock::Clock;
use tollgate::server::config::RedisConfig;
use tollgate::server::random;
use tollgate::server::shared::{COUNTERS, Counter, Outcome, Reservation, Shared};
use tollgate::types::id::OrgId;
use tollgate::types::time::{DAY, MINUTE};

use crate::support::{RedisServer, eventually};

/// An instance, and the counter that it asks for.
struct Instance {
    shared: Arc<Shared>,
    clock: Clock,
    org: OrgId,
    stop: CancellationToken,
}

impl Instance {
    async fn start(redis: &RedisServer, org: &OrgId) -> Self {
        let (clock, stop) = (Clock::default(), CancellationToken::new());
        let config = RedisConfig { redis_url: Some(redis.url().parse().expect("a URL")), redis_deadline_ms: 3000 };
        let shared = Arc::new(Shared::open(&config, &clock, None).await.expect("opens"));
        let (running, stopped) = (Arc::clone(&shared), stop.clone());
        tokio::spawn(async move { running.run(&stopped).await });
        Self { shared, clock, org: org.clone(), stop }
    }

    fn counter(&self, amount: u64) -> Counter {
        Counter::new("quota", self.org.as_str(), 0..self.clock.now().0 + DAY, Some(100), amount)
    }

    /// What the counter says, and what was reserved of it.
    async fn take(&self, amount: u64) -> (Outcome, u64, Option<Reservation>) {
        let mut counters = [None; COUNTERS];
        counters[0] = Some(self.counter(amount));
        let taken = self.shared.take(&self.org, self.clock.now_us(), &[], &counters).await;
        let standing = taken.counters[0].expect("an answer");
        (standing.outcome, standing.used, taken.reservation)
    }

    async fn used(&self) -> (Outcome, u64) {
        let (outcome, used, _) = self.take(0).await;
        (outcome, used)
    }

    async fn add(&self, amount: u64) {
        let (outcome, _, reservation) = self.take(amount).await;
        assert_eq!(outcome, Outcome::Allowed);
        reservation.expect("reserved").settle([amount, 0, 0]);
    }

    /// As the gateway does it while Redis does not know the counter.
    fn add_here(&self, amount: u64) {
        let taken = self.shared.take_here(&self.org, self.clock.now_us(), &[], &[Some(self.counter(amount)), None, None]);
        taken.reservation.expect("reserved").settle([amount, 0, 0]);
    }

    /// Until Redis knows: what tells it may be overtaken by the next call.
    async fn seed(&self, sum: u64) {
        self.shared.seed(&self.org, self.clock.now_us(), &self.counter(0), sum);
        eventually("Redis is told", || async { (self.used().await.0 != Outcome::Unknown).then_some(()) }).await;
    }

    async fn is_up(&self, up: bool) {
        eventually("Redis comes or goes", || async { (self.shared.redis().expect("by Redis").is_up == up).then_some(()) }).await;
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
async fn what_one_instance_reserves_and_settles_counts_on_the_other() {
    let Some((a, b, redis)) = two().await else { return };
    assert_eq!(a.used().await, (Outcome::Unknown, 0));
    a.seed(10).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 10));
    let (_, _, reservation) = a.take(50).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 60));
    assert_eq!(b.take(41).await.0, Outcome::Reached);
    reservation.expect("reserved").settle([5, 0, 0]);
    // Without another call: within a moment, by itself.
    eventually("the other instance knows", || async { (b.used().await == (Outcome::Allowed, 15)).then_some(()) }).await;
    // And with the next call of the same organisation, at once.
    a.add(7).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 22));
    let ttl: i64 = redis.lines(&["pttl", &redis.lines(&["keys", "*sum*"])[0]])[0].parse().expect("a number");
    assert!((3 * DAY..5 * DAY).contains(&ttl), "{ttl}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_at_once_on_two_instances_never_pass_the_limit() {
    let Some((a, b, _redis)) = two().await else { return };
    a.seed(0).await;
    let calls = (0..60).map(|i| if i % 2 == 0 { a.take(3) } else { b.take(3) });
    let taken = futures::future::join_all(calls).await;
    assert_eq!(taken.iter().filter(|(outcome, ..)| *outcome == Outcome::Allowed).count(), 33);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_instance_reserved_that_died_is_free_again_after_some_minutes() {
    let Some((a, b, _redis)) = two().await else { return };
    a.seed(10).await;
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
async fn what_was_added_while_redis_was_away_is_told_when_it_is_back() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(10).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 10));
    assert_eq!(b.used().await, (Outcome::Allowed, 10));
    redis.pause();
    // The first waits for its deadline, and then each goes by what it knows.
    a.add(20).await;
    a.add(20).await;
    b.add(5).await;
    assert_eq!((a.used().await.1, b.used().await.1), (50, 15));
    redis.go_on();
    a.is_up(true).await;
    b.is_up(true).await;
    // What Redis was asked while it hung, it does once it goes on, for nobody: like the reservation of who died.
    a.clock.advance(3 * MINUTE);
    b.clock.advance(3 * MINUTE);
    eventually("both are told", || async { (b.used().await.1 == 55 && a.used().await.1 == 55).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_redis_has_lost_is_bounded_by_what_the_instance_knows() {
    let Some((a, _b, redis)) = two().await else { return };
    a.seed(90).await;
    a.add(8).await;
    redis.lines(&["flushall"]);
    assert_eq!(a.used().await.0, Outcome::Unknown);
    let take = |amount| a.shared.take_here(&a.org, a.clock.now_us(), &[], &[Some(a.counter(amount)), None, None]);
    assert_eq!(take(3).counters[0].expect("an answer").outcome, Outcome::Reached);
    assert_eq!(take(2).counters[0].expect("an answer").outcome, Outcome::Allowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_back_empty_is_seeded_and_no_addition_counts_twice() {
    let Some((a, b, mut redis)) = two().await else { return };
    a.seed(10).await;
    a.add(5).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 15));
    redis.kill();
    a.add(20).await;
    b.add(1).await;
    redis.restart().await;
    a.is_up(true).await;
    b.is_up(true).await;
    assert_eq!(a.used().await.0, Outcome::Unknown);
    // The database has all of it; what the instances still had to tell is in this.
    a.seed(36).await;
    assert_eq!(a.used().await, (Outcome::Allowed, 36));
    b.seed(36).await;
    b.add(4).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 40));
    assert_eq!(a.used().await, (Outcome::Allowed, 40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_added_to_a_counter_that_redis_lost_is_in_the_seed_of_whoever_added_it() {
    let Some((a, b, redis)) = two().await else { return };
    a.seed(10).await;
    assert_eq!(b.used().await, (Outcome::Allowed, 10));
    redis.lines(&["flushall"]);
    a.add_here(20);
    // Another instance is first to tell of the counter, and has not heard of these.
    b.seed(12).await;
    a.seed(32).await;
    eventually("both know", || async { (a.used().await.1 == 32 && b.used().await.1 == 32).then_some(()) }).await;
}
