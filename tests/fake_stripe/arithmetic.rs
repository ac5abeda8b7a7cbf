//! Money compared with a slower calculation that shares no code with the fake: amounts as strings
//! of digits.

use super::stripe::{Exact, tiered};
use proptest::prelude::*;
use serde_json::{Value, json};
use tollgate::types::money::{Prices, Tier};

/// Digits of minor units times 10^12, computed by long multiplication on decimal digits.
fn product(unit_digits: &str, quantity: u64) -> Vec<u8> {
    let mut out = vec![0_u8; 60];
    for (i, a) in unit_digits.bytes().rev().enumerate() {
        let mut carry = 0_u32;
        for (j, b) in
            quantity.to_string().bytes().rev().chain(std::iter::repeat_n(b'0', 25)).enumerate()
        {
            let sum = u32::from(out[i + j]) + u32::from(a - b'0') * u32::from(b - b'0') + carry;
            out[i + j] = u8::try_from(sum % 10).unwrap();
            carry = sum / 10;
        }
    }
    out
}

/// Removes twelve places and rounds by the first removed digit.
fn rounded(digits: &[u8]) -> i64 {
    let whole = digits[12..].iter().rev().fold(0_i64, |sum, digit| sum * 10 + i64::from(*digit));
    whole + i64::from(digits[11] >= 5)
}

fn line(unit: &str, quantity: u64) -> i64 {
    let (whole, places) = unit.split_once('.').unwrap_or((unit, ""));
    rounded(&product(&format!("{whole}{places:0<12}"), quantity))
}

fn unit() -> impl Strategy<Value = String> {
    (0_u32..100_000, "[0-9]{0,12}").prop_map(|(whole, places)| {
        if places.is_empty() { whole.to_string() } else { format!("{whole}.{places}") }
    })
}

proptest! {
    #[test]
    fn a_line_is_rounded_once_and_half_up(unit in unit(), quantity in 0_u32..2_000_000_000) {
        let exact = Exact::parse(&unit).unwrap();
        prop_assert_eq!(exact.times(i64::from(quantity)).round(), line(&unit, u64::from(quantity)));
    }

    #[test]
    fn a_decimal_is_printed_without_loss(unit in unit()) {
        let exact = Exact::parse(&unit).unwrap();
        prop_assert_eq!(Exact::parse(&exact.text()), Some(exact));
        prop_assert!(!exact.text().contains('.') || !exact.text().ends_with('0'));
    }

    #[test]
    fn graduated_tiers_take_each_unit_once(steps in prop::collection::vec((1_u32..5000, unit()), 0..5), last in unit(), quantity in 0_u32..20_000) {
        let mut bounds = Vec::new();
        let mut tiers: Vec<Value> = Vec::new();
        for (step, price) in &steps {
            bounds.push(bounds.last().copied().unwrap_or(0) + i64::from(*step));
            tiers.push(json!({ "up_to": bounds.last(), "unit_amount_decimal": price }));
        }
        tiers.push(json!({ "up_to": null, "unit_amount_decimal": last }));
        let lines = tiered(&tiers, true, i64::from(quantity));
        // Unit by unit: the tier of the n-th unit is the first whose bound is not below n.
        let mut counts = vec![0_u64; tiers.len()];
        for unit in 1..=i64::from(quantity) {
            counts[bounds.iter().position(|bound| unit <= *bound).unwrap_or(bounds.len())] += 1;
        }
        prop_assert_eq!(lines.iter().map(|line| line.quantity).sum::<i64>(), i64::from(quantity));
        let expected: i64 = counts.iter().zip(&tiers).map(|(count, tier)| line(tier["unit_amount_decimal"].as_str().unwrap(), *count)).sum();
        prop_assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), expected);
    }

    #[test]
    fn a_share_of_an_amount_never_strays_by_more_than_a_half(amount in 0_i64..10_000_000, part in 0_i64..2_678_400, whole in 1_i64..2_678_400) {
        let part = part.min(whole);
        let share = Exact::whole(amount).share(part, whole);
        let off = (share * whole - amount * part).abs() * 2;
        prop_assert!(off <= whole);
    }
}

#[test]
fn halves_go_up_and_what_is_below_goes_down() {
    for (unit, quantity, minor) in [
        ("0.5", 1, 1),
        ("0.499999999999", 1, 0),
        ("2.5", 1, 3),
        ("0.000000000001", 1_000_000_000_000, 1),
        ("0.1", 3, 0),
    ] {
        assert_eq!(
            Exact::parse(unit).unwrap().times(quantity).round(),
            minor,
            "{unit} × {quantity}"
        );
    }
    assert_eq!(Exact::whole(-5).share(1, 2), -3);
}

#[test]
fn what_is_no_amount_is_not_read() {
    for text in
        ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e2", "0.1234567890123", "1234567890123", "١"]
    {
        assert_eq!(Exact::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn the_portal_reckons_a_months_units_as_stripe_invoices_them(
        steps in prop::collection::vec((1_u64..5000, unit()), 0..5), last in unit(), units in 0_u64..20_000,
    ) {
        let mut tiers: Vec<Tier> = Vec::new();
        for (step, price) in &steps {
            let up_to = tiers.last().and_then(|tier| tier.up_to).unwrap_or(0) + step;
            tiers.push(Tier { up_to: Some(up_to), unit_price: price.parse().unwrap() });
        }
        tiers.push(Tier { up_to: None, unit_price: last.parse().unwrap() });
        let at_stripe: Vec<Value> =
            tiers.iter().map(|tier| json!({ "up_to": tier.up_to, "unit_amount_decimal": tier.unit_price.to_string() })).collect();
        let ours: Vec<(u64, u64)> = Prices::try_from(tiers).unwrap().charges(units).iter().map(|charge| (charge.units, charge.amount)).collect();
        let theirs = tiered(&at_stripe, true, i64::try_from(units).unwrap());
        let theirs: Vec<(u64, u64)> =
            theirs.iter().filter(|line| line.quantity > 0).map(|line| (line.quantity.unsigned_abs(), line.amount.unsigned_abs())).collect();
        prop_assert_eq!(ours, theirs);
    }
}
