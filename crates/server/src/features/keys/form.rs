//! A key as form fields: its bounds are texts. What cannot be read is reported together with all
//! other faults of the form.

use tollgate_types::environment::Environment;
use tollgate_types::error::FieldError;
use tollgate_types::id::KeyId;
use tollgate_types::key::{CreatedKey, KeyView, NewKey, RateLimit};
use tollgate_types::money::Currency;
use tollgate_types::time::{DAY, Timestamp};

use super::{KeyUpdate, create, update};
use crate::access::{ManageKeys, Permit};
use crate::config::Rate;
use crate::db::Db;
use crate::{Result, plans};

/// The form of a new key.
pub struct NewKeyForm {
    pub name: String,
    pub environment: Environment,
    pub scopes: Vec<String>,
    pub expires_in_days: Option<u32>,
    pub bounds: BoundsForm,
}

/// The fields for the bounds of a key. Empty ones set no bound.
#[derive(Default)]
pub struct BoundsForm {
    pub ip_allow_list: String,
    pub rate_limit: String,
    pub spend_cap: String,
}

/// Bounds, as far as they could be read.
#[derive(Default)]
struct Read {
    ip_allow_list: Vec<String>,
    rate_limit: Option<RateLimit>,
    spend_cap: Option<u64>,
    /// The fields that could not be read.
    faults: Vec<FieldError>,
}

impl BoundsForm {
    fn read(&self, currency: Currency) -> Read {
        let mut read = Read { ip_allow_list: ip_entries(&self.ip_allow_list), ..Read::default() };
        match rate_limit(&self.rate_limit) {
            Ok(rate) => read.rate_limit = rate,
            Err(fault) => read.faults.push(fault),
        }
        match spend_cap(&self.spend_cap, currency) {
            Ok(cap) => read.spend_cap = cap,
            Err(fault) => read.faults.push(fault),
        }
        read
    }
}

/// Creates a key from its form.
///
/// # Errors
/// `validation_failed` with every invalid field; the other errors of
/// [`create_key`](super::create_key).
pub async fn create_from(
    db: &Db,
    permit: &Permit<ManageKeys>,
    form: NewKeyForm,
    now: Timestamp,
) -> Result<CreatedKey> {
    let Read { ip_allow_list, rate_limit, spend_cap, faults } =
        form.bounds.read(plans::billing_currency(db, &permit.org).await?);
    let new = NewKey {
        name: form.name,
        environment: form.environment,
        scopes: form.scopes,
        expires_at: form.expires_in_days.map(|days| now.plus(i64::from(days) * DAY)),
        ip_allow_list,
        rate_limit,
        spend_cap,
    };
    create(db, permit, new, faults, now).await
}

/// Changes a key's name and all its bounds.
///
/// # Errors
/// `validation_failed` with every invalid field; the other errors of
/// [`update_key`](super::update_key).
pub async fn update_from(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    name: String,
    bounds: &BoundsForm,
    now: Timestamp,
) -> Result<KeyView> {
    let Read { ip_allow_list, rate_limit, spend_cap, faults } =
        bounds.read(plans::billing_currency(db, &permit.org).await?);
    let changes = KeyUpdate {
        name: Some(name),
        scopes: None,
        ip_allow_list: Some(Some(ip_allow_list)),
        rate_limit: Some(rate_limit),
        spend_cap: Some(spend_cap),
    };
    update::update(db, permit, id, changes, faults, now).await
}

/// One entry per line, or separated by commas.
fn ip_entries(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `5/60`, or empty.
fn rate_limit(text: &str) -> Result<Option<RateLimit>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let rate: Rate = text.parse().map_err(|error| {
        FieldError::new("rate_limit", "invalid_format", format!("A rate limit {error}."))
    })?;
    Ok(Some(RateLimit { calls: rate.calls, seconds: rate.seconds }))
}

/// `50` or `12.50` in the organisation's billing currency, or empty.
///
/// # Errors
/// The fault of the field, for an invalid amount.
pub fn spend_cap(text: &str, currency: Currency) -> Result<Option<u64>, FieldError> {
    plans::read_cap("spend_cap", text, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_commas_part_entries_and_an_empty_rate_is_none() {
        assert_eq!(ip_entries(" 10.0.0.1\r\n\r\n10.0.0.2, ::1 "), ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(rate_limit("5/60").unwrap(), Some(RateLimit { calls: 5, seconds: 60 }));
        assert_eq!(rate_limit(" ").unwrap(), None);
        assert!(rate_limit("5").is_err());
    }

    #[test]
    fn a_cap_is_read_in_the_currency_as_it_is_shown() {
        for (code, text, minor) in [
            ("usd", "50", 5_000),
            ("usd", " 12.5 ", 1_250),
            ("usd", "50.00 USD", 5_000),
            ("jpy", "50", 50),
            ("kwd", "1.5", 1_500),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(spend_cap(text, currency).unwrap(), Some(minor), "{text} {code}");
            assert_eq!(
                spend_cap(&currency.amount(minor), currency).unwrap(),
                Some(minor),
                "{code}"
            );
        }
        let dollars: Currency = "usd".parse().unwrap();
        assert_eq!(spend_cap(" ", dollars).unwrap(), None);
        for bad in ["-1", "1.234", "50 EUR", "much", "1,50", "$5"] {
            let refused = spend_cap(bad, dollars).unwrap_err().message;
            assert!(refused.contains("12.50 USD"), "{bad}: {refused}");
        }
    }

    #[test]
    fn every_bound_that_cannot_be_read_is_reported_and_the_others_are_kept() {
        let dollars: Currency = "usd".parse().unwrap();
        let faults = |rate_limit: &str, spend_cap: &str| {
            let form = BoundsForm {
                ip_allow_list: "10.0.0.1".into(),
                rate_limit: rate_limit.into(),
                spend_cap: spend_cap.into(),
            };
            let read = form.read(dollars);
            assert_eq!(read.ip_allow_list, ["10.0.0.1"]);
            read.faults.into_iter().map(|fault| fault.location).collect::<Vec<_>>()
        };
        assert_eq!(faults("fast", "much"), ["rate_limit", "spend_cap"]);
        assert_eq!(faults("5/60", "much"), ["spend_cap"]);
        assert_eq!(faults("fast", "50"), ["rate_limit"]);
        assert_eq!(faults("", ""), Vec::<String>::new());
    }
}
