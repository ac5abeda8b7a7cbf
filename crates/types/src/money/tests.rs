use proptest::prelude::*;

use super::*;

fn price(text: &str) -> UnitPrice {
    text.parse().unwrap()
}

fn prices(tiers: &[(Option<u64>, &str)]) -> Prices {
    let tiers: Vec<Tier> =
        tiers.iter().map(|(up_to, text)| Tier { up_to: *up_to, unit_price: price(text) }).collect();
    tiers.try_into().unwrap()
}

#[test]
fn a_unit_price_is_read_and_written_with_up_to_12_places() {
    for text in ["0", "0.2", "12", "0.000000000001", "1000000", "3.141592653589"] {
        assert_eq!(price(text).to_string(), text);
    }
    assert_eq!(price("0.200").to_string(), "0.2");
    for bad in [
        "",
        ".",
        ".2",
        "2.",
        "-1",
        "1e3",
        "0.0000000000001",
        "1000000.1",
        "1000001",
        "٣",
        "99999999999999999999",
    ] {
        assert!(bad.parse::<UnitPrice>().is_err(), "{bad:?}");
    }
}

#[test]
fn an_amount_is_written_without_needless_digits() {
    assert_eq!(
        [0, 200_000_000, 1_000_000_000, 12_000_000_001].map(nano_text),
        ["0", "0.2", "1", "12.000000001"]
    );
}

#[test]
fn each_unit_costs_what_its_tier_says() {
    let prices = prices(&[(Some(1000), "0"), (Some(3000), "0.2"), (None, "0.1")]);
    assert_eq!(prices.cost(1000), Exact::minor(0));
    assert_eq!(prices.cost_after(999, 1), Exact::minor(0));
    assert_eq!(prices.cost_after(1000, 1).nano_up(), 200_000_000);
    assert_eq!(prices.cost(3000), Exact::minor(400));
    assert_eq!(prices.cost_after(3000, 1).nano_up(), 100_000_000);
    assert_eq!(prices.cost(3010), Exact::minor(401));
    let charges = |units| {
        prices.charges(units).iter().map(|charge| (charge.units, charge.amount)).collect::<Vec<_>>()
    };
    assert_eq!(charges(0), []);
    assert_eq!(charges(1000), [(1000, 0)]);
    assert_eq!(charges(1001), [(1000, 0), (1, 0)]);
    assert_eq!(charges(3010), [(1000, 0), (2000, 400), (10, 1)]);
}

#[test]
fn tiers_that_do_not_rise_to_an_open_end_are_refused() {
    let refused = |json: &str| serde_json::from_str::<Prices>(json).is_err();
    assert!(!refused(r#"[{"up_to":1000,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]"#));
    assert!(refused("[]"));
    assert!(refused(r#"[{"up_to":10,"unit_price":"0"}]"#));
    assert!(refused(r#"[{"up_to":0,"unit_price":"1"},{"up_to":null,"unit_price":"1"}]"#));
    assert!(refused(
        r#"[{"up_to":10,"unit_price":"0"},{"up_to":10,"unit_price":"1"},{"up_to":null,"unit_price":"1"}]"#
    ));
    assert!(refused(r#"[{"up_to":null,"unit_price":"0"},{"up_to":null,"unit_price":"1"}]"#));
    assert!(refused(r#"[{"up_to":null,"unit_price":0.2}]"#));
}

#[test]
fn money_is_rounded_half_up_and_only_then() {
    let half = prices(&[(None, "0.5")]);
    assert_eq!([0, 1, 2, 3].map(|units| half.cost(units).rounded()), [0, 1, 1, 2]);
    let third = prices(&[(None, "0.333333333333")]);
    assert_eq!((third.cost(1).rounded(), third.cost(3_000_000).rounded()), (0, 1_000_000));
    assert_eq!(third.cost(1).nano_up(), 333_333_334);
}

#[test]
fn amounts_are_written_and_read_in_the_currencys_own_way() {
    let (usd, yen): (Currency, Currency) = ("USD".parse().unwrap(), "jpy".parse().unwrap());
    assert_eq!((usd.amount(2900), yen.amount(2900)), ("29.00 USD".into(), "2900 JPY".into()));
    assert_eq!(
        (usd.unit_price(price("0.2")), yen.unit_price(price("0.2"))),
        ("0.002 USD".into(), "0.2 JPY".into())
    );
    let thousand = |text: &str| usd.thousand(price(text));
    assert_eq!(
        (thousand("0.25"), thousand("0.0007"), yen.thousand(price("0.2"))),
        ("2.50 USD".into(), "0.007 USD".into(), "200 JPY".into())
    );
    assert_eq!((usd.read("12.5"), usd.read(" 25 "), yen.read("25")), (Ok(1250), Ok(2500), Ok(25)));
    for bad in ["", "-1", "1.234", "1,5", "a", "99999999999999999999", "."] {
        assert!(usd.read(bad).is_err(), "{bad:?}");
    }
    assert!("dollar".parse::<Currency>().is_err() && "u$d".parse::<Currency>().is_err());
}

fn any_prices() -> impl Strategy<Value = Prices> {
    let tier = (1u64..500, 0u64..MAX_UNIT_PRICE * PARTS);
    (proptest::collection::vec(tier, 0..6), 0u64..MAX_UNIT_PRICE * PARTS).prop_map(
        |(steps, last)| {
            let mut end = 0;
            let mut tiers: Vec<Tier> = Vec::new();
            for (step, price) in steps {
                end += step;
                tiers.push(Tier { up_to: Some(end), unit_price: UnitPrice(price) });
            }
            tiers.push(Tier { up_to: None, unit_price: UnitPrice(last) });
            Prices::try_from(tiers).unwrap()
        },
    )
}

#[test]
fn a_price_per_unit_is_read_in_the_currency_itself() {
    let read = |code: &str, text: &str| {
        code.parse::<Currency>().unwrap().read_unit(text).map(|price| price.to_string())
    };
    for (code, text, minor) in [
        ("usd", "0.002", "0.2"),
        ("usd", "1", "100"),
        ("jpy", "1.5", "1.5"),
        ("kwd", "0.005", "5"),
        ("usd", "0.00000000000001", "0.000000000001"),
    ] {
        assert_eq!(read(code, text), Ok(minor.to_owned()), "{text} {code}");
    }
    for bad in ["", ".5", "1.", "-1", "1,5", "1e3", "0.000000000000001", "10001", "½", "0.½"] {
        assert_eq!(read("usd", bad), Err(MoneyError::Amount), "{bad}");
    }
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_its_units(prices in any_prices(), units in 0u64..3000) {
        let sum = (0..units).fold(Exact::default(), |sum, n| sum + prices.cost_after(n, 1));
        prop_assert_eq!(sum, prices.cost(units));
    }

    #[test]
    fn more_units_never_cost_less_and_nothing_overflows(prices in any_prices(), a in any::<u64>(), b in any::<u64>()) {
        let (few, many) = (a.min(b), a.max(b));
        prop_assert!(prices.cost(few) <= prices.cost(many));
        prop_assert!(prices.cost_after(few, many - few) <= prices.cost(many));
        let _ = prices.cost_after(many, u64::MAX).rounded();
    }

    #[test]
    fn the_lines_of_an_invoice_have_all_units_and_are_off_by_half_a_cent_each_at_most(prices in any_prices(), units in 0u64..3000) {
        let charges = prices.charges(units);
        prop_assert_eq!(charges.iter().map(|charge| charge.units).sum::<u64>(), units);
        let total: u64 = charges.iter().map(|charge| charge.amount).sum();
        prop_assert!(total.abs_diff(prices.cost(units).rounded()) <= charges.len() as u64);
        if charges.iter().filter(|charge| charge.unit_price != UnitPrice::default()).count() < 2 {
            prop_assert_eq!(total, prices.cost(units).rounded());
        }
    }

    #[test]
    fn shares_that_meet_add_up_to_the_amount(amount in 0u64..=MAX_AMOUNT, whole in 1u64..3_000_000_000, cuts in proptest::collection::vec(any::<u64>(), 0..8)) {
        let mut cuts: Vec<u64> = cuts.into_iter().map(|cut| cut % (whole + 1)).chain([0, whole]).collect();
        cuts.sort_unstable();
        let shares: Vec<u64> = cuts.windows(2).map(|pair| share(amount, pair[0], pair[1], whole)).collect();
        prop_assert_eq!(shares.iter().sum::<u64>(), amount);
        for (share, pair) in shares.iter().zip(cuts.windows(2)) {
            let exact = u128::from(amount) * u128::from(pair[1] - pair[0]);
            prop_assert!((u128::from(*share) * u128::from(whole)).abs_diff(exact) <= u128::from(whole));
        }
    }

    #[test]
    fn a_unit_price_reads_back_as_it_was_written(parts in 0u64..=MAX_UNIT_PRICE * PARTS) {
        prop_assert_eq!(UnitPrice(parts).to_string().parse::<UnitPrice>(), Ok(UnitPrice(parts)));
    }
}
