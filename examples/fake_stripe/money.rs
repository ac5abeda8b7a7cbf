//! Exact amounts: minor units with twelve decimal places, rounded once for each invoice line.

use serde_json::Value;

const PLACES: usize = 12;
const ONE: i128 = 1_000_000_000_000;
/// Stripe's largest amount has twelve digits. This limit prevents overflows.
const MAX_WHOLE_DIGITS: usize = 12;

/// A price or an amount in minor units, exact to twelve decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i128);

impl Exact {
    pub fn whole(minor: i64) -> Self {
        Self(i128::from(minor) * ONE)
    }

    /// Parses `12` and `0.000000000001`. Refuses signs, exponents and a thirteenth decimal place.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, MAX_WHOLE_DIGITS) || !digits(places, PLACES) {
            return None;
        }
        let fraction: i128 = format!("{places:0<PLACES$}").parse().ok()?;
        Some(Self(whole.parse::<i128>().ok()? * ONE + fraction))
    }

    pub fn times(self, quantity: i64) -> Self {
        Self(self.0 * i128::from(quantity))
    }

    /// The nearest minor unit, with halves rounded away from zero.
    pub fn round(self) -> i64 {
        divide(self.0, ONE)
    }

    /// The share `part / whole` of this amount, rounded once.
    pub fn share(self, part: i64, whole: i64) -> i64 {
        divide(self.0 * i128::from(part), ONE * i128::from(whole.max(1)))
    }

    /// As Stripe prints it, without trailing zeros.
    pub fn text(self) -> String {
        let (whole, places) = (self.0 / ONE, (self.0 % ONE).abs());
        if places == 0 {
            return whole.to_string();
        }
        let sign = if self.0 < 0 && whole == 0 { "-" } else { "" };
        format!("{sign}{whole}.{places:012}").trim_end_matches('0').into()
    }

    /// The amount as whole minor units, if it is one. Otherwise Stripe shows `null`.
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then(|| i64::try_from(self.0 / ONE).ok()).flatten()
    }
}

fn divide(value: i128, by: i128) -> i64 {
    let magnitude = (value.abs() * 2 + by) / (by * 2);
    i64::try_from(magnitude * value.signum()).unwrap_or(i64::MAX)
}

/// The part of an invoice for one tier of a price.
#[derive(Clone, Debug, PartialEq)]
pub struct TierLine {
    /// Starting at 1, as invoices print it.
    pub tier: usize,
    pub quantity: i64,
    pub unit: Exact,
    pub amount: i64,
    pub flat: bool,
}

/// Splits a quantity over the tiers of a price. Each line is rounded separately, as on Stripe's
/// invoices. The first tier is always included, so that a month without usage has a line.
pub fn tiered(tiers: &[Value], graduated: bool, quantity: i64) -> Vec<TierLine> {
    let mut lines = Vec::new();
    let mut below = 0;
    for (index, tier) in tiers.iter().enumerate() {
        let upper = tier["up_to"].as_i64().unwrap_or(i64::MAX);
        let here = if graduated { quantity.min(upper) - below } else { quantity };
        let reached = if graduated { index == 0 || quantity > below } else { quantity <= upper };
        if reached {
            let unit =
                tier["unit_amount_decimal"].as_str().and_then(Exact::parse).unwrap_or_default();
            lines.push(TierLine {
                tier: index + 1,
                quantity: here,
                unit,
                amount: unit.times(here).round(),
                flat: false,
            });
            if let Some(flat) = tier["flat_amount_decimal"].as_str().and_then(Exact::parse) {
                lines.push(TierLine {
                    tier: index + 1,
                    quantity: 1,
                    unit: flat,
                    amount: flat.round(),
                    flat: true,
                });
            }
            if !graduated {
                break;
            }
        }
        below = upper;
    }
    lines
}
