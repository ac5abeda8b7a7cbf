//! Exact money: all amounts are integers and are rounded once, at the end. An amount is a whole
//! number of minor units (cents); the price of a unit may have up to 12 decimal places of a minor
//! unit.
#![deny(clippy::float_arithmetic, reason = "amounts of money are exact")]

mod currency;
mod iso4217;

use std::fmt;
use std::str::FromStr;

pub use currency::{Currency, known_currency};
use serde::{Deserialize, Serialize};

/// Parts of a minor unit in a price: 12 decimal places.
const PARTS: u64 = 1_000_000_000_000;
const PLACES: usize = 12;
/// The highest price of a unit, so that the price of any number of units fits into 128 bits.
const MAX_UNIT_PRICE: u64 = 1_000_000;
const MAX_TIERS: usize = 20;
/// The highest price or cap, in minor units, so that sums of them fit into a bigint.
pub const MAX_AMOUNT: u64 = 1_000_000_000_000;

/// The price of one unit, in minor units with up to 12 decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitPrice(u64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error(
        "a unit's price is a number of minor units such as 0.2: at most {MAX_UNIT_PRICE}, with up \
         to {PLACES} decimal places"
    )]
    UnitPrice,
    #[error(
        "tiers need ascending `up_to` values and a last tier without one; at most {MAX_TIERS} \
         tiers are allowed"
    )]
    Tiers,
    #[error("a currency must be an ISO 4217 code, such as usd, eur or jpy")]
    Currency,
    #[error("an amount must be a number such as 25 or 12.50")]
    Amount,
}

impl UnitPrice {
    pub fn exact(self) -> Exact {
        Exact(self.0.into())
    }

    /// The decimal with its point moved by this many places: 2 to the right, -2 to the left. At
    /// most 12 decimal places remain.
    pub fn shifted(self, places: i8) -> String {
        let value = u128::from(self.0);
        match places {
            2 => decimal(value * 100, PLACES),
            -2 => decimal(value / 100, PLACES),
            _ => decimal(value, PLACES),
        }
    }
}

impl FromStr for UnitPrice {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(places) || places.len() > PLACES {
            return Err(MoneyError::UnitPrice);
        }
        let whole: u64 = whole
            .parse()
            .ok()
            .filter(|whole| *whole <= MAX_UNIT_PRICE)
            .ok_or(MoneyError::UnitPrice)?;
        let places: u64 =
            format!("{places:0<PLACES$}").parse().map_err(|_| MoneyError::UnitPrice)?;
        let price = whole * PARTS + places;
        if price > MAX_UNIT_PRICE * PARTS { Err(MoneyError::UnitPrice) } else { Ok(Self(price)) }
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(self.0.into(), PLACES))
    }
}

impl TryFrom<String> for UnitPrice {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<UnitPrice> for String {
    fn from(price: UnitPrice) -> String {
        price.to_string()
    }
}

/// `value` with a point before its last `places` digits, without zeros at the end.
fn decimal(value: u128, places: usize) -> String {
    let digits = format!("{value:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

/// An amount in 10^-9 of a currency's minor unit as a decimal in the minor unit: `0.2`.
pub fn nano_text(nano: u64) -> String {
    decimal(nano.into(), 9)
}

/// An amount that is not rounded, in 10^-12 minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(u128);

impl Exact {
    pub fn minor(amount: u64) -> Self {
        Self(u128::from(amount) * u128::from(PARTS))
    }

    /// From 10^-9 minor units.
    pub fn nano(amount: u64) -> Self {
        Self(u128::from(amount) * 1_000)
    }

    /// In minor units, rounded half up. This is the only place where money is rounded.
    pub fn rounded(self) -> u64 {
        let parts = u128::from(PARTS);
        u64::try_from((self.0 + parts / 2) / parts).unwrap_or(u64::MAX)
    }

    /// In 10^-9 minor units, rounded up, so that no call is counted as cheaper than it was.
    pub fn nano_up(self) -> u64 {
        u64::try_from(self.0.div_ceil(1_000)).unwrap_or(u64::MAX)
    }

    /// True if this is at least `percent` of `whole`.
    pub fn is_at_least(self, percent: u64, whole: Self) -> bool {
        self.0.saturating_mul(100) >= whole.0.saturating_mul(u128::from(percent))
    }
}

impl std::ops::Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// One tier of graduated prices: the price of each unit after the previous tier, up to `up_to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Number of the month's last unit in this tier, inclusive: 1000 for a tier that ends with the
    /// thousandth unit. Null for the last tier, which has no end.
    pub up_to: Option<u64>,
    /// Price per unit in minor units of the plan's currency: a decimal number with up to 12 places,
    /// so `0.2` is 0.2 cents.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "0.2"))]
    pub unit_price: UnitPrice,
}

/// Graduated prices: each unit of a month costs the price of its tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tier>", into = "Vec<Tier>")]
pub struct Prices(Vec<Tier>);

impl TryFrom<Vec<Tier>> for Prices {
    type Error = MoneyError;

    fn try_from(tiers: Vec<Tier>) -> Result<Self, MoneyError> {
        let Some((last, others)) = tiers.split_last() else { return Err(MoneyError::Tiers) };
        let ends: Option<Vec<u64>> = others.iter().map(|tier| tier.up_to).collect();
        let rises = ends.is_some_and(|ends| {
            ends.first() != Some(&0) && ends.windows(2).all(|pair| pair[0] < pair[1])
        });
        if last.up_to.is_none() && rises && tiers.len() <= MAX_TIERS {
            Ok(Self(tiers))
        } else {
            Err(MoneyError::Tiers)
        }
    }
}

/// Tiers as JSON: `[{"up_to":null,"unit_price":"0.2"}]`.
impl FromStr for Prices {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl From<Prices> for Vec<Tier> {
    fn from(prices: Prices) -> Self {
        prices.0
    }
}

impl Prices {
    /// The first `included` units are free; each further unit costs `price`.
    pub fn after(included: u64, price: UnitPrice) -> Self {
        let rest = Tier { up_to: None, unit_price: price };
        let free = Tier { up_to: Some(included), unit_price: UnitPrice::default() };
        Self(if included == 0 { vec![rest] } else { vec![free, rest] })
    }

    pub fn tiers(&self) -> &[Tier] {
        &self.0
    }

    /// Whether any unit costs anything.
    pub fn are_paid(&self) -> bool {
        self.0.iter().any(|tier| tier.unit_price != UnitPrice::default())
    }

    /// Cost of a month's first `units` units.
    pub fn cost(&self, units: u64) -> Exact {
        let (mut sum, mut from) = (0, 0);
        for tier in &self.0 {
            let end = tier.up_to.map_or(units, |end| end.min(units));
            sum += u128::from(end.saturating_sub(from)) * u128::from(tier.unit_price.0);
            from = from.max(end);
        }
        Exact(sum)
    }

    /// Cost of `units` units after the first `after`.
    pub fn cost_after(&self, after: u64, units: u64) -> Exact {
        Exact(self.cost(after.saturating_add(units)).0 - self.cost(after).0)
    }

    /// A month's first `units` units by tier. Each tier is rounded separately, as an invoice shows
    /// it.
    pub fn charges(&self, units: u64) -> Vec<Charged> {
        let mut from = 0;
        let mut charges = Vec::new();
        for tier in &self.0 {
            let end = tier.up_to.map_or(units, |end| end.min(units));
            if end > from {
                let cost = Exact(u128::from(end - from) * u128::from(tier.unit_price.0));
                charges.push(Charged {
                    units: end - from,
                    unit_price: tier.unit_price,
                    amount: cost.rounded(),
                });
            }
            from = from.max(end);
        }
        charges
    }
}

/// Units of one tier and their cost in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    pub units: u64,
    pub unit_price: UnitPrice,
    pub amount: u64,
}

/// Share of `amount` between the parts `from` and `to` of `whole`. Rounded so that adjacent shares
/// always add up to the amount.
pub fn share(amount: u64, from: u64, to: u64, whole: u64) -> u64 {
    let until = |part: u64| {
        let whole = u128::from(whole.max(1));
        let part = u128::from(part).min(whole);
        u64::try_from((u128::from(amount) * part * 2 + whole) / (2 * whole)).unwrap_or(amount)
    };
    until(to).saturating_sub(until(from))
}

#[cfg(test)]
mod tests;
