use super::*;

fn counter(limit: Option<u64>, amount: u64) -> [Option<Counter>; COUNTERS] {
    [Some(Counter::new("quota", "subject", 0..1_000, limit, amount)), None, None]
}

fn parts(own: u64, others: u64) -> Parts {
    Parts { own, others: vec![("another".to_owned(), others)] }
}

fn take(counters: &Counters, call: &[Option<Counter>; COUNTERS]) -> (Outcome, u64) {
    let (readings, _) = counters.take(call, true);
    readings[0].map(|reading| (reading.outcome, reading.used)).unwrap()
}

#[test]
fn a_reservation_counts_until_it_is_finalised() {
    let (counters, call) = (Counters::default(), counter(Some(10), 4));
    assert_eq!(take(&counters, &call), (Outcome::Unknown, 0));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, 2));
    assert_eq!(take(&counters, &call), (Outcome::Allowed, 2));
    assert_eq!(take(&counters, &call), (Outcome::Allowed, 6));
    assert_eq!(take(&counters, &call), (Outcome::Reached, 10));
    let held = Held { id: call[0].unwrap().id, period_end: 0, amount: 4 };
    counters.finalise(held, 0, 1);
    counters.finalise(held, 0, 0);
    assert_eq!(take(&counters, &call), (Outcome::Allowed, 3));
}

#[test]
fn a_look_reserves_nothing_and_returns_what_is_used() {
    let (counters, call) = (Counters::default(), counter(Some(10), 4));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, 6));
    let look = call.map(|counter| counter.map(Counter::to_look));
    assert_eq!(
        (take(&counters, &look), take(&counters, &look)),
        ((Outcome::Allowed, 6), (Outcome::Allowed, 6))
    );
    assert_eq!(
        [4, 5].map(|amount| counter(Some(10), amount)[0].unwrap().outcome(6)),
        [Outcome::Allowed, Outcome::Reached]
    );
}

#[test]
fn a_counter_without_a_limit_only_counts() {
    let (counters, call) = (Counters::default(), counter(None, u64::MAX));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, u64::MAX - 1));
    assert_eq!(take(&counters, &call).0, Outcome::Allowed);
    assert_eq!(take(&counters, &call), (Outcome::Allowed, u64::MAX));
}

#[test]
fn what_the_database_has_never_lowers_what_is_known() {
    let (counters, call) = (Counters::default(), counter(Some(10), 1));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, 7));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, 5));
    assert_eq!(take(&counters, &call), (Outcome::Allowed, 7));
}

#[test]
fn a_call_that_reaches_the_database_before_it_is_finalised_counts_once() {
    let (counters, call) = (Counters::default(), counter(Some(10), 4));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(0, 1));
    let (_, held) = counters.take(&call, true);
    let held = held.unwrap()[0].unwrap();
    assert_eq!(counters.count(&held, 3), Some(1));
    // The journal was applied meanwhile.
    counters.merge(0, call[0].as_ref().unwrap(), &parts(3, 1));
    assert_eq!(counters.finalise(held, 3, 3), Some(3));
    assert_eq!(take(&counters, &call), (Outcome::Allowed, 4));
    counters.merge(0, call[0].as_ref().unwrap(), &parts(3, 1));
    assert_eq!(
        take(&counters, &counter(Some(10), 2)),
        (Outcome::Allowed, 8),
        "with what the call before holds"
    );
}

#[test]
fn what_others_hold_comes_before_a_call_that_is_charged_but_not_twice() {
    let (counters, call) = (Counters::default(), counter(Some(100), 4));
    let call = call[0].as_ref().unwrap();
    let known = |at_us, others, held| Known { at_us, own: 0, others, held };
    assert_eq!(counters.adopt(0, call, &known(10, 5, 3), true), 5);
    // An older response that is processed later.
    counters.adopt(0, call, &known(9, 4, 1), false);
    let held = Held { id: call.id, period_end: 0, amount: 4 };
    assert_eq!(counters.count(&held, 1), Some(8));
    // The database has a part of it, then everything and more.
    counters.merge(0, call, &parts(0, 7));
    assert_eq!(counters.count(&held, 0), Some(9));
    counters.merge(0, call, &parts(0, 12));
    assert_eq!(counters.count(&held, 0), Some(13));
    // The clock of Redis was set back.
    counters.adopt(0, call, &known(10 - 2 * LATE, 12, 7), false);
    assert_eq!(counters.count(&held, 0), Some(20));
}

#[test]
fn counters_of_past_periods_are_dropped() {
    let counters = Counters::default();
    for round in 0..30 {
        let now = round * 2 * KEEP;
        for subject in 0..64 * SWEEP_AT / 10 {
            counters.merge(
                now,
                &Counter::new("quota", (round, subject), now..now + 1, None, 1),
                &Parts::default(),
            );
        }
    }
    assert!(counters.0.len() <= 64 * SWEEP_AT, "{}", counters.0.len());
}
