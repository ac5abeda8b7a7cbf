//! Money, exactly: integers throughout, rounded once, at the very end. An amount is a whole number of
//! minor units (cents); a unit's price may have up to 12 decimal places of one.
#![deny(clippy::float_arithmetic, reason = "money is counted, never measured")]

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Parts of a minor unit that a price can tell apart: 12 decimal places.
const PARTS: u64 = 1_000_000_000_000;
const PLACES: usize = 12;
/// So that the price of any number of units fits into 128 bits with room to spare.
const MAX_UNIT_PRICE: u64 = 1_000_000;
const MAX_TIERS: usize = 20;
/// The most that a price or cap may be, in minor units: a sum of them never leaves a bigint.
pub const MAX_AMOUNT: u64 = 1_000_000_000_000;

/// The price of one unit, in minor units with up to 12 decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitPrice(u64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("a unit's price is a number of minor units such as 0.2: at most {MAX_UNIT_PRICE}, with up to {PLACES} decimal places")]
    UnitPrice,
    #[error("tiers need rising `up_to`s and a last one with none; there are at most {MAX_TIERS}")]
    Tiers,
    #[error("a currency is three letters, such as usd")]
    Currency,
    #[error("an amount is a number such as 25 or 12.50")]
    Amount,
}

impl UnitPrice {
    pub fn exact(self) -> Exact {
        Exact(self.0.into())
    }
}

impl FromStr for UnitPrice {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(places) || places.len() > PLACES {
            return Err(MoneyError::UnitPrice);
        }
        let whole: u64 = whole.parse().ok().filter(|whole| *whole <= MAX_UNIT_PRICE).ok_or(MoneyError::UnitPrice)?;
        let places: u64 = format!("{places:0<PLACES$}").parse().map_err(|_| MoneyError::UnitPrice)?;
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

/// `value` with its last `places` digits behind a point, without zeros at its end.
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

/// A sum that is not rounded yet, in 10^-12 minor units.
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

    /// In minor units, half up: the one place where money is rounded.
    pub fn rounded(self) -> u64 {
        let parts = u128::from(PARTS);
        u64::try_from((self.0 + parts / 2) / parts).unwrap_or(u64::MAX)
    }

    /// In 10^-9 minor units, rounded up: no call is counted as cheaper than it was.
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

/// What each unit costs, up to and including the `up_to`th of a month; the last tier has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub up_to: Option<u64>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "0.2"))]
    pub unit_price: UnitPrice,
}

/// Graduated prices: each unit of a month costs what the tier says that it falls into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tier>", into = "Vec<Tier>")]
pub struct Prices(Vec<Tier>);

impl TryFrom<Vec<Tier>> for Prices {
    type Error = MoneyError;

    fn try_from(tiers: Vec<Tier>) -> Result<Self, MoneyError> {
        let Some((last, others)) = tiers.split_last() else { return Err(MoneyError::Tiers) };
        let ends: Option<Vec<u64>> = others.iter().map(|tier| tier.up_to).collect();
        let rises = ends.is_some_and(|ends| ends.first() != Some(&0) && ends.windows(2).all(|pair| pair[0] < pair[1]));
        if last.up_to.is_none() && rises && tiers.len() <= MAX_TIERS { Ok(Self(tiers)) } else { Err(MoneyError::Tiers) }
    }
}

impl From<Prices> for Vec<Tier> {
    fn from(prices: Prices) -> Self {
        prices.0
    }
}

impl Prices {
    /// The first `included` units free, then `price` each.
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

    /// What a month's first `units` units cost together.
    pub fn cost(&self, units: u64) -> Exact {
        let (mut sum, mut from) = (0, 0);
        for tier in &self.0 {
            let end = tier.up_to.map_or(units, |end| end.min(units));
            sum += u128::from(end.saturating_sub(from)) * u128::from(tier.unit_price.0);
            from = from.max(end);
        }
        Exact(sum)
    }

    /// What `units` more cost after the first `after`.
    pub fn cost_after(&self, after: u64, units: u64) -> Exact {
        Exact(self.cost(after.saturating_add(units)).0 - self.cost(after).0)
    }

    /// A month's first `units` units, tier by tier, each rounded by itself as an invoice shows it.
    pub fn charges(&self, units: u64) -> Vec<Charged> {
        let mut from = 0;
        let mut charges = Vec::new();
        for tier in &self.0 {
            let end = tier.up_to.map_or(units, |end| end.min(units));
            if end > from {
                let cost = Exact(u128::from(end - from) * u128::from(tier.unit_price.0));
                charges.push(Charged { units: end - from, unit_price: tier.unit_price, amount: cost.rounded() });
            }
            from = from.max(end);
        }
        charges
    }
}

/// Units of one tier and what they cost, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    pub units: u64,
    pub unit_price: UnitPrice,
    pub amount: u64,
}

/// What of `amount` falls between the parts `from` and `to` of `whole`. Rounded so that shares that meet add up to the
/// amount, whatever the parts.
pub fn share(amount: u64, from: u64, to: u64, whole: u64) -> u64 {
    let until = |part: u64| {
        let whole = u128::from(whole.max(1));
        let part = u128::from(part).min(whole);
        u64::try_from((u128::from(amount) * part * 2 + whole) / (2 * whole)).unwrap_or(amount)
    };
    until(to).saturating_sub(until(from))
}

/// An ISO 4217 code, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies that have no minor unit: one yen is one.
const WHOLE: [&str; 15] = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];

impl Default for Currency {
    fn default() -> Self {
        Self(*b"usd")
    }
}

impl Currency {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn places(self) -> usize {
        if WHOLE.contains(&self.as_str()) { 0 } else { 2 }
    }

    /// `29.00 USD`.
    pub fn amount(self, minor: u64) -> String {
        format!("{} {}", self.plain(minor), self.as_str().to_uppercase())
    }

    /// As in a list of offers: `$49`, `€9.50`, `120 CHF`.
    pub fn short(self, minor: u64) -> String {
        let plain = self.plain(minor);
        let plain = plain.strip_suffix(".00").unwrap_or(&plain);
        match self.as_str() {
            "usd" => format!("${plain}"),
            "eur" => format!("€{plain}"),
            "gbp" => format!("£{plain}"),
            other => format!("{plain} {}", other.to_uppercase()),
        }
    }

    /// [`amount`](Self::amount) of what may also be a credit: `-29.00 USD`.
    pub fn signed(self, minor: i64) -> String {
        format!("{}{}", if minor < 0 { "-" } else { "" }, self.amount(minor.unsigned_abs()))
    }

    /// `29.00`, as [`read`](Self::read) reads it.
    pub fn plain(self, minor: u64) -> String {
        match self.places() {
            0 => minor.to_string(),
            _ => format!("{}.{:02}", minor / 100, minor % 100),
        }
    }

    /// `0.002 USD`, with as many places as it takes.
    pub fn unit_price(self, price: UnitPrice) -> String {
        format!("{} {}", decimal(price.0.into(), PLACES + self.places()), self.as_str().to_uppercase())
    }

    /// What a thousand units cost: `2.00 USD`, with more places where it takes them.
    pub fn thousand(self, price: UnitPrice) -> String {
        let exact = u128::from(price.0) * 1_000;
        match u64::try_from(exact / u128::from(PARTS)) {
            Ok(minor) if exact % u128::from(PARTS) == 0 => self.amount(minor),
            _ => format!("{} {}", decimal(exact, PLACES + self.places()), self.as_str().to_uppercase()),
        }
    }

    /// Minor units, from what a person writes: `25` or `12.50`.
    pub fn read(self, text: &str) -> Result<u64, MoneyError> {
        let places = self.places();
        let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(rest) || rest.len() > places {
            return Err(MoneyError::Amount);
        }
        let amount = format!("{whole}{rest:0<places$}").parse().map_err(|_| MoneyError::Amount)?;
        if amount > MAX_AMOUNT { Err(MoneyError::Amount) } else { Ok(amount) }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| MoneyError::Currency)?;
        let is_word = letters.iter().all(u8::is_ascii_alphabetic);
        if is_word { Ok(Self(letters.map(|letter| letter.to_ascii_lowercase()))) } else { Err(MoneyError::Currency) }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests;
