//! Currencies, and how people read and write amounts in them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{MAX_AMOUNT, MoneyError, PARTS, PLACES, UnitPrice, decimal, iso4217};

/// An ISO 4217 code, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Default for Currency {
    fn default() -> Self {
        Self(*b"usd")
    }
}

impl Currency {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal places of the minor unit (ISO 4217). Two for an invalid code, which older versions
    /// stored.
    pub fn places(self) -> usize {
        let known = iso4217::CURRENCIES.binary_search_by_key(&self.as_str(), |(code, _)| code);
        known.map_or(2, |at| iso4217::CURRENCIES[at].1.into())
    }

    /// Minor units in one unit of the currency.
    fn scale(self) -> u64 {
        10_u64.pow(u32::try_from(self.places()).unwrap_or(0))
    }

    /// `29.00 USD`: how all pages, mails and commands show an amount.
    pub fn amount(self, minor: u64) -> String {
        format!("{} {}", self.plain(minor), self.as_str().to_uppercase())
    }

    /// [`amount`](Self::amount) that can also be a credit: `-29.00 USD`.
    pub fn signed(self, minor: i64) -> String {
        format!("{}{}", if minor < 0 { "-" } else { "" }, self.amount(minor.unsigned_abs()))
    }

    /// `29.00`, as [`read`](Self::read) reads it.
    pub fn plain(self, minor: u64) -> String {
        match (self.places(), self.scale()) {
            (0, _) => minor.to_string(),
            (places, scale) => format!("{}.{:0places$}", minor / scale, minor % scale),
        }
    }

    /// `0.002 USD`, with as many places as needed.
    pub fn unit_price(self, price: UnitPrice) -> String {
        format!(
            "{} {}",
            decimal(price.0.into(), PLACES + self.places()),
            self.as_str().to_uppercase()
        )
    }

    /// Cost of a thousand units: `2.00 USD`, with more places if needed.
    pub fn thousand(self, price: UnitPrice) -> String {
        let exact = u128::from(price.0) * 1_000;
        match u64::try_from(exact / u128::from(PARTS)) {
            Ok(minor) if exact % u128::from(PARTS) == 0 => self.amount(minor),
            _ => format!(
                "{} {}",
                decimal(exact, PLACES + self.places()),
                self.as_str().to_uppercase()
            ),
        }
    }

    /// Parses an amount as a person writes it, `25` or `12.50`, into minor units.
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

    /// Parses the price of one unit as a person writes it, in the currency itself: `0.002` dollars
    /// are 0.2 cents.
    ///
    /// # Errors
    /// [`MoneyError::Amount`] if it is not a number, or has more places or is larger than
    /// [`UnitPrice`] allows.
    pub fn read_unit(self, text: &str) -> Result<UnitPrice, MoneyError> {
        let places = self.places();
        let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
        if whole.is_empty() || rest.is_empty() || !rest.is_ascii() {
            return Err(MoneyError::Amount);
        }
        let rest = format!("{rest:0<places$}");
        let (minor, parts) = rest.split_at(places);
        let parts = if parts.is_empty() { "0" } else { parts };
        format!("{whole}{minor}.{parts}").parse().map_err(|_| MoneyError::Amount)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// A currency that exists.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let code = Self::stored(text)?;
        let is_known =
            iso4217::CURRENCIES.binary_search_by_key(&code.as_str(), |(known, _)| known).is_ok();
        if is_known { Ok(code) } else { Err(MoneyError::Currency) }
    }
}

impl Currency {
    /// A stored code, even if it is not a currency: older versions accepted any three letters, and
    /// their plans must stay readable.
    pub fn stored(text: &str) -> Result<Self, MoneyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| MoneyError::Currency)?;
        let is_word = letters.iter().all(u8::is_ascii_alphabetic);
        if is_word {
            Ok(Self(letters.map(|letter| letter.to_ascii_lowercase())))
        } else {
            Err(MoneyError::Currency)
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        Self::stored(&text)
    }
}

/// Deserialises a currency from a caller, which must exist.
pub fn known_currency<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}
