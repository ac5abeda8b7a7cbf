use proptest::prelude::*;
use tollgate_types::plan::NewPlan;
use tollgate_types::time::{DAY, HOUR};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn plan(name: &str, monthly_price: u64, included: u64, price: &str) -> Plan {
    let new = NewPlan {
        monthly_price,
        included_units: included,
        overage: Some(price.parse().unwrap()),
        ..NewPlan::public("shop", name)
    };
    let id = format!("plan_{:0>26}", monthly_price).parse().unwrap();
    new.version(id, 1, Timestamp(0))
}

fn amounts(lines: &[InvoiceLine]) -> Vec<(Option<u64>, i64)> {
    lines.iter().map(|line| (line.units, line.amount)).collect()
}

#[test]
fn a_whole_month_is_the_price_and_the_units_tier_by_tier() {
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let stretch = Stretch { from, to, plan: plan("Growth", 2_900, 100, "0.3") };
    let used = [
        Used { hour: from.0, units: 99, amount_nano: 0 },
        Used { hour: to.0 - HOUR, units: 11, amount_nano: 3_000_000_000 },
    ];
    assert_eq!(
        amounts(&month(std::slice::from_ref(&stretch), &used, (from, to))),
        [(None, 2_900), (Some(100), 0), (Some(10), 3)]
    );
    assert_eq!(amounts(&month(&[stretch], &used[..1], (from, to))), [(None, 2_900), (Some(99), 0)]);
}

#[test]
fn who_leaves_a_plan_pays_for_the_units_that_were_used_on_it() {
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let cut = from.plus(15 * DAY);
    let stretches = [
        Stretch { from, to: cut, plan: plan("Growth", 2_900, 0, "1") },
        Stretch { from: cut, to, plan: plan("Free", 0, 1_000, "0") },
    ];
    let used = [
        Used { hour: from.0, units: 7, amount_nano: 7_000_000_000 },
        Used { hour: cut.0, units: 5, amount_nano: 0 },
    ];
    assert_eq!(
        amounts(&month(&stretches, &used, (from, to))),
        [(None, 1_450), (Some(7), 7), (Some(5), 0)]
    );
}

#[test]
fn a_switch_in_the_middle_of_a_month_charges_and_gives_back_half() {
    let middle = at("2026-11-16T00:00:00Z");
    let lines =
        switch_lines(Some(&plan("Growth", 2_901, 0, "0")), &plan("Scale", 19_900, 0, "0"), middle);
    assert_eq!(amounts(&lines), [(None, -1_450), (None, 9_950)]);
    assert_eq!(switch_lines(Some(&plan("Free", 0, 0, "0")), &plan("Free", 0, 0, "0"), middle), []);
}

#[test]
fn a_forecast_goes_on_at_the_months_pace() {
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    assert_eq!(forecast(500, from, from.plus(15 * DAY), to), 1_000);
    assert_eq!(forecast(0, from, from, to), 0);
    assert_eq!(forecast(10, from, from, to), 7_200);
    assert_eq!(forecast(7, from, to, to), 7);
    assert_eq!(forecast(u64::MAX, from, from.plus(1), to), u64::MAX);
}

proptest! {
    #[test]
    fn a_month_on_one_plan_costs_its_price_however_it_is_cut(price in 0u64..10_000_000, cuts in proptest::collection::vec(0i64..30 * DAY, 0..6)) {
        let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let mut at: Vec<Timestamp> = cuts.into_iter().map(|cut| from.plus(cut)).chain([from, to]).collect();
        at.sort_unstable();
        let stretches: Vec<Stretch> =
            at.windows(2).map(|pair| Stretch { from: pair[0], to: pair[1], plan: plan("Growth", price, 0, "0") }).collect();
        prop_assert_eq!(total(&month(&stretches, &[], (from, to))), price.cast_signed());
    }

    #[test]
    fn a_switch_never_gives_back_or_charges_more_than_a_month(old in 0u64..10_000_000, new in 0u64..10_000_000, ms in 0i64..30 * DAY) {
        let at = at("2026-11-01T00:00:00Z").plus(ms);
        let total = total(&switch_lines(Some(&plan("Old", old, 0, "0")), &plan("New", new, 0, "0"), at));
        prop_assert!((-old.cast_signed()..=new.cast_signed()).contains(&total));
    }

    #[test]
    fn each_unit_of_a_month_is_on_one_line_however_often_the_plan_changed(
        cuts in proptest::collection::vec(0i64..30 * DAY, 0..6), hours in proptest::collection::vec((0i64..30 * 24, 1u64..1_000_000), 0..40),
    ) {
        let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let mut at: Vec<Timestamp> = cuts.into_iter().map(|cut| from.plus(cut)).chain([from, to]).collect();
        at.sort_unstable();
        at.dedup();
        let plans = ["0.3", "0.0007", "12.5"].map(|price| plan(price, 2_900, 0, price));
        let stretches: Vec<Stretch> = at
            .windows(2)
            .enumerate()
            .map(|(i, pair)| Stretch { from: pair[0], to: pair[1], plan: plans[i % plans.len()].clone() })
            .collect();
        let used: Vec<Used> =
            hours.iter().map(|(hour, units)| Used { hour: from.0 + hour * HOUR, units: *units, amount_nano: units * 300_000_000 }).collect();
        let lines = month(&stretches, &used, (from, to));
        let of_units = || lines.iter().filter(|line| line.units.is_some());
        let units: u64 = of_units().filter_map(|line| line.units).sum();
        prop_assert_eq!(units, used.iter().map(|used| used.units).sum::<u64>());
        // Rounded once per line, half up.
        let exact: u64 = used.iter().map(|used| used.amount_nano).sum();
        let charged = of_units().map(|line| line.amount.unsigned_abs()).sum::<u64>() * 1_000_000_000;
        if stretches.len() > 1 {
            prop_assert!(charged.abs_diff(exact) <= of_units().count() as u64 * 500_000_000);
        }
    }
}
