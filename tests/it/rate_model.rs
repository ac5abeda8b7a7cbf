//! The arithmetic of limits, in this process and in Redis, compared with a model that is simple
//! enough to be obviously correct.

use proptest::prelude::*;
use tollgate::server::clock::Clock;
use tollgate::server::config::{Rate, RedisConfig};
use tollgate::server::random;
use tollgate::server::shared::{
    Bucket, COUNTERS, Counter, Outcome, Parts, Reading, Shared, Verdict,
};
use tollgate::types::id::OrgId;

use crate::support::redis_url;

const BEGIN: i64 = 1_700_000_000_000_000;

/// A bucket of whole nanoseconds that fills as time passes, and from which a call takes one
/// interval.
struct Model {
    rate: Rate,
    level: i128,
}

impl Model {
    fn new(rate: Rate) -> Self {
        let mut model = Self { rate, level: 0 };
        model.level = model.size();
        model
    }

    fn interval(&self) -> i128 {
        i128::from(self.rate.seconds) * 1_000_000_000 / i128::from(self.rate.calls)
    }

    fn size(&self) -> i128 {
        self.interval() * i128::from(self.rate.calls)
    }

    fn pass(&mut self, us: i64) {
        self.level = self.size().min(self.level + i128::from(us) * 1_000);
    }

    /// Whether it was allowed, the remaining calls, and the microseconds until it is full and has a
    /// token.
    fn shown(&self, allowed: bool) -> (bool, u32, i64, i64) {
        let us_up = |ns: i128| i64::try_from((ns + 999) / 1_000).expect("fits");
        let left = u32::try_from(self.level / self.interval()).expect("fits");
        (
            allowed,
            left,
            us_up(self.size() - self.level),
            us_up((self.interval() - self.level).max(0)),
        )
    }
}

/// All pass, or none is taken from.
fn take(models: &mut [Model; 2]) -> [(bool, u32, i64, i64); 2] {
    let allowed = [0, 1].map(|i| models[i].level >= models[i].interval());
    if allowed == [true, true] {
        models.iter_mut().for_each(|model| model.level -= model.interval());
    }
    [0, 1].map(|i| models[i].shown(allowed[i]))
}

const fn shown(verdict: &Verdict) -> (bool, u32, i64, i64) {
    (verdict.allowed, verdict.remaining, verdict.reset_us, verdict.retry_us)
}

fn rate() -> impl Strategy<Value = Rate> {
    let calls = prop_oneof![1u32..30, Just(7_000), Just(700_000), Just(999_999_999)];
    (calls, prop_oneof![1u32..5, Just(60), Just(86_400)])
        .prop_map(|(calls, seconds)| Rate { calls, seconds })
}

/// Mostly forward, by nothing, a little, or more than any window.
fn steps() -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::vec(
        prop_oneof![4 => 0i64..3, 4 => 0i64..2_000_000, 1 => 0i64..100_000_000_000],
        1..80,
    )
}

fn org() -> OrgId {
    random::id()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// In memory and, if available, in Redis, with the test's clock.
async fn both() -> Vec<Shared> {
    let clock = Clock::default();
    clock.advance(1);
    let mut all = vec![Shared::default()];
    if let Some(url) = redis_url() {
        let config =
            RedisConfig { redis_url: Some(url.parse().expect("a URL")), redis_deadline_ms: 1000 };
        let shared = Shared::open(&config, &clock, &random::id(), None).await.expect("opens");
        assert!(shared.redis().expect("by Redis").is_up);
        all.push(shared);
    }
    all
}

/// Checks that Redis decided, not this process.
fn by_redis(shared: &Shared) -> bool {
    shared.redis().is_none_or(|redis| redis.fallbacks == 0)
}

#[test]
fn limits_are_those_of_the_model_to_the_microsecond() {
    let runtime = runtime();
    let all = runtime.block_on(both());
    proptest!(|(rates in [rate(), rate()], steps in steps())| {
        let org = org();
        let buckets = [("key", rates[0]), ("ip", rates[1])].map(|(name, rate)| Bucket::new(name, org.as_str(), rate));
        for shared in &all {
            let mut models = rates.map(Model::new);
            let mut now = BEGIN;
            for step in &steps {
                now += step;
                models.iter_mut().for_each(|model| model.pass(*step));
                let taken = runtime.block_on(shared.take(&org, now, &buckets, &[None; COUNTERS]));
                prop_assert_eq!(taken.verdicts.each_ref().map(shown), take(&mut models));
            }
        }
    });
    assert!(all.iter().all(by_redis));
}

#[test]
fn a_clock_that_is_put_back_means_the_same_in_memory_and_in_redis() {
    let runtime = runtime();
    let all = runtime.block_on(both());
    proptest!(|(rates in [rate(), rate()], steps in proptest::collection::vec(-3_000_000_000i64..3_000_000_000, 1..80))| {
        let org = org();
        let buckets = [("key", rates[0]), ("ip", rates[1])].map(|(name, rate)| Bucket::new(name, org.as_str(), rate));
        let mut now = BEGIN;
        for step in steps {
            now += step;
            let taken = all.iter().map(|shared| runtime.block_on(shared.take(&org, now, &buckets, &[None; COUNTERS])).verdicts);
            let taken: Vec<_> = taken.collect();
            prop_assert!(taken.iter().all(|verdicts| *verdicts == taken[0]), "{taken:?}");
        }
    });
    assert!(all.iter().all(by_redis));
}

/// The actions of a test with counters.
#[derive(Clone, Copy, Debug)]
enum Step {
    Take { amount: u64, limit: Option<u64> },
    Finalise { added: u64 },
    Drop,
    Seed { own: u64, others: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    // Including sums that no double can represent exactly.
    let number =
        || prop_oneof![0u64..100, (1u64 << 53)..(1 << 53) + 100, 999_999_990u64..1_000_000_010];
    let sum = || prop_oneof![3 => number(), 1 => (1u64 << 61)..(1 << 61) + 100];
    prop_oneof![
        4 => (number(), proptest::option::of(number())).prop_map(|(amount, limit)| Step::Take { amount, limit }),
        2 => number().prop_map(|added| Step::Finalise { added }),
        1 => Just(Step::Drop),
        1 => (sum(), sum()).prop_map(|(own, others)| Step::Seed { own, others }),
    ]
}

#[test]
fn counters_are_recorded_sums_and_open_reservations() {
    let runtime = runtime();
    let all = runtime.block_on(both());
    proptest!(|(steps in proptest::collection::vec(step(), 1..60))| {
        let org = org();
        let counter = |amount, limit| Counter::new("quota", org.as_str(), 0..BEGIN / 1_000 + 1, limit, amount);
        for shared in &all {
            let (mut recorded, mut held) = (None::<(u64, u64)>, Vec::new());
            for step in &steps {
                match *step {
                    Step::Seed { own, others } => {
                        let parts = Parts { own, others: vec![("another".to_owned(), others)] };
                        shared.seed(&org, BEGIN, &counter(0, None), &parts);
                        let known = recorded.unwrap_or_default();
                        recorded = Some((known.0.max(own), known.1.max(others)));
                    }
                    Step::Take { amount, limit } => {
                        let taken = runtime.block_on(shared.take(&org, BEGIN, &[], &[None, Some(counter(amount, limit)), None]));
                        let used = recorded.map(|(own, others)| own + others + held.iter().map(|(amount, _)| amount).sum::<u64>());
                        let outcome = match used {
                            None => Outcome::Unknown,
                            Some(used) if limit.is_some_and(|limit| used + amount > limit) => Outcome::Reached,
                            Some(_) => Outcome::Allowed,
                        };
                        prop_assert_eq!(taken.counters, [None, Some(Reading { outcome, used: used.unwrap_or(0) }), None]);
                        prop_assert_eq!(taken.reservation.is_some(), outcome == Outcome::Allowed);
                        held.extend(taken.reservation.map(|reservation| (amount, reservation)));
                    }
                    Step::Finalise { added } => {
                        if let Some((_, reservation)) = held.pop() {
                            reservation.finalise([0, added, 0]);
                            recorded = recorded.map(|(own, others)| (own + added, others));
                        }
                    }
                    Step::Drop => drop(held.pop()),
                }
            }
        }
    });
    assert!(all.iter().all(by_redis));
}
