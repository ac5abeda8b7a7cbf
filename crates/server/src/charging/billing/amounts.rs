//! Amounts in Stripe's units (<https://docs.stripe.com/currencies>). Tollgate uses ISO 4217 minor
//! units; Stripe has its own unit for a few currencies, and accepts some amounts in steps only.
//! Only this folder knows the difference.

use tollgate_types::money::{Currency, UnitPrice};

use crate::{Error, Result};

/// Without decimals in ISO 4217, but with two at Stripe, which must be zeros.
const WITH_ZEROS: [&str; 2] = ["isk", "ugx"];
/// With two decimals in ISO 4217, but without any at Stripe.
const WHOLE: [&str; 1] = ["mga"];

/// How many Stripe units one ISO minor unit is: 10 to the power of this.
fn shift(currency: Currency) -> i8 {
    match currency.as_str() {
        code if WITH_ZEROS.contains(&code) => 2,
        code if WHOLE.contains(&code) => -2,
        _ => 0,
    }
}

/// The smallest step that Stripe charges, in minor units: a multiple of ten for currencies with
/// three decimals, whole units for some.
pub fn step(currency: Currency) -> u64 {
    match (shift(currency), currency.places()) {
        (-2, _) => 100,
        (_, 3) => 10,
        _ => 1,
    }
}

/// # Errors
/// `validation_failed` of `field` for an amount that Stripe cannot charge exactly.
pub fn check(field: &'static str, currency: Currency, minor: u64) -> Result<()> {
    let step = step(currency);
    if minor.is_multiple_of(step) {
        return Ok(());
    }
    let (amount, steps) = (currency.amount(minor), currency.amount(step));
    let message = format!(
        "Stripe charges this currency in steps of {steps}: {amount} cannot be charged. Choose a multiple of {steps}."
    );
    Err(Error::field(field, "invalid_value", message))
}

/// A monthly price in Stripe's form.
///
/// # Errors
/// As [`check`].
pub fn to_stripe(currency: Currency, minor: u64) -> Result<i64> {
    check("monthly_price", currency, minor)?;
    let amount = match shift(currency) {
        2 => minor.saturating_mul(100),
        -2 => minor / 100,
        _ => minor,
    };
    Ok(amount.cast_signed())
}

/// The price of a unit, a decimal with at most 12 places.
pub fn unit_price_to_stripe(currency: Currency, price: UnitPrice) -> String {
    price.shifted(shift(currency))
}

/// A charged amount in ISO minor units.
pub fn from_stripe(currency: Currency, amount: i64) -> i64 {
    match shift(currency) {
        2 => amount / 100,
        -2 => amount.saturating_mul(100),
        _ => amount,
    }
}

/// The price of a unit from Stripe, in ISO minor units; unchanged if it cannot be read.
pub fn unit_price_from_stripe(currency: Currency, text: String) -> String {
    if shift(currency) == 0 {
        return text;
    }
    text.parse::<UnitPrice>().map_or(text, |price| price.shifted(-shift(currency)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn each_currency_goes_to_stripe_in_its_unit_and_comes_back_as_it_was() {
        // From https://docs.stripe.com/currencies: code, the amount as people write it, Stripe's
        // amount.
        for (code, written, taken) in [
            ("usd", "29.00", 2_900),
            ("eur", "0.01", 1),
            ("jpy", "5000", 5_000),
            ("krw", "1", 1),
            ("clp", "990", 990),
            ("vnd", "20000", 20_000),
            // Three decimals.
            ("kwd", "49.000", 49_000),
            ("bhd", "0.010", 10),
            ("jod", "1.230", 1_230),
            ("omr", "5", 5_000),
            ("tnd", "7.770", 7_770),
            // Without decimals, but with two zeros at Stripe.
            ("isk", "5000", 500_000),
            ("ugx", "1", 100),
            // Charged with decimals; only pay-outs have none.
            ("huf", "10.45", 1_045),
            ("twd", "800.45", 80_045),
            // Two decimals in ISO 4217, none at Stripe.
            ("mga", "5000.00", 5_000),
        ] {
            let currency = currency(code);
            let minor = currency.read(written).unwrap();
            assert_eq!(to_stripe(currency, minor).unwrap(), taken, "{code}");
            assert_eq!(from_stripe(currency, taken), minor.cast_signed(), "{code}");
        }
    }

    #[test]
    fn what_stripe_cannot_charge_to_the_unit_is_refused_in_words() {
        for (code, written, step) in [
            ("kwd", "4.999", "0.010 KWD"),
            ("bhd", "0.001", "0.010 BHD"),
            ("mga", "1.50", "1.00 MGA"),
        ] {
            let currency = currency(code);
            let refused =
                to_stripe(currency, currency.read(written).unwrap()).unwrap_err().to_string();
            assert!(refused.contains(step), "{refused}");
        }
    }

    #[test]
    fn the_price_of_a_unit_moves_with_its_currency() {
        for (code, ours, theirs) in [
            ("usd", "0.2", "0.2"),
            ("kwd", "0.005", "0.005"),
            ("isk", "0.5", "50"),
            ("ugx", "12", "1200"),
            ("mga", "50", "0.5"),
        ] {
            let (currency, price) = (currency(code), ours.parse::<UnitPrice>().unwrap());
            assert_eq!(unit_price_to_stripe(currency, price), theirs, "{code}");
            assert_eq!(unit_price_from_stripe(currency, theirs.into()), ours, "{code}");
        }
        assert_eq!(unit_price_from_stripe(currency("isk"), "nonsense".into()), "nonsense");
    }
}
