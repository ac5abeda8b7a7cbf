//! The settings of a key: its optional fields, which can be changed later. They are read from the
//! texts of a form, validated, changed, compared and described here.

use serde::Serialize;
use serde_json::Value;
use tollgate_types::error::FieldError;
use tollgate_types::key::{KeyInput, KeyUpdate, NewKey, RateLimit};
use tollgate_types::money::Currency;

use super::AllowList;
use crate::config::Rate;
use crate::{Result, plans};

/// More than any real spending, and far below overflows of sums.
const MAX_SPEND_CAP: u64 = 1_000_000_000_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub ip_allow_list: AllowList,
    pub rate_limit: Option<RateLimit>,
    /// Minor units per calendar month.
    pub spend_cap: Option<u64>,
}

impl Settings {
    /// The settings of a new key. Reports every invalid one.
    pub fn of_new(new: &NewKey, errors: &mut Vec<FieldError>) -> Self {
        let settings = Self {
            ip_allow_list: AllowList::check(&new.ip_allow_list, errors),
            rate_limit: new.rate_limit,
            spend_cap: new.spend_cap,
        };
        settings.check(errors);
        settings
    }

    /// Applies a change. Reports every invalid setting.
    pub fn change(&mut self, update: &KeyUpdate, errors: &mut Vec<FieldError>) {
        if let Some(entries) = &update.ip_allow_list {
            self.ip_allow_list = AllowList::check(entries.as_deref().unwrap_or_default(), errors);
        }
        self.rate_limit = update.rate_limit.unwrap_or(self.rate_limit);
        self.spend_cap = update.spend_cap.unwrap_or(self.spend_cap);
        self.check(errors);
    }

    /// Reports every number that is out of range.
    fn check(&self, errors: &mut Vec<FieldError>) {
        if let Some(rate) = self.rate_limit
            && Rate::new(rate.calls, rate.seconds).is_err()
        {
            errors.push(FieldError::new(
                "rate_limit",
                "out_of_range",
                "A rate limit must be 1 to 1000000000 calls in 1 to 86400 seconds.",
            ));
        }
        if self.spend_cap.is_some_and(|cap| cap > MAX_SPEND_CAP) {
            errors.push(FieldError::new(
                "spend_cap",
                "out_of_range",
                format!("A spend cap may be at most {MAX_SPEND_CAP} minor units."),
            ));
        }
    }

    /// The name of a limit that is looser than in `outer`.
    pub fn looser_than(&self, outer: &Self) -> Option<&'static str> {
        let rate_fits = outer
            .rate_limit
            .is_none_or(|outer| self.rate_limit.is_some_and(|own| is_within(own, outer)));
        let cap_fits =
            outer.spend_cap.is_none_or(|outer| self.spend_cap.is_some_and(|own| own <= outer));
        if !self.ip_allow_list.is_within(&outer.ip_allow_list) {
            Some("ip_allow_list")
        } else if !rate_fits {
            Some("rate_limit")
        } else {
            (!cap_fits).then_some("spend_cap")
        }
    }

    /// The key's own rate limit, as the gateway needs it.
    pub fn rate(&self) -> Option<Rate> {
        self.rate_limit.map(|rate| Rate { calls: rate.calls, seconds: rate.seconds })
    }

    /// Adds the settings to the data of an audit entry.
    pub fn add_to(&self, entry: &mut Value) -> Result<()> {
        if let (Value::Object(entry), Value::Object(own)) = (entry, serde_json::to_value(self)?) {
            entry.extend(own);
        }
        Ok(())
    }
}

/// No larger burst, and not faster.
fn is_within(own: RateLimit, outer: RateLimit) -> bool {
    own.calls <= outer.calls
        && u64::from(own.calls) * u64::from(outer.seconds)
            <= u64::from(outer.calls) * u64::from(own.seconds)
}

/// The name and the settings of a new key, from the texts of its form. What cannot be read is
/// absent, and reported in the second value.
pub fn read(input: KeyInput, currency: Currency) -> (NewKey, Vec<FieldError>) {
    let mut faults = Vec::new();
    let new = NewKey {
        name: input.name,
        ip_allow_list: ip_entries(&input.ip_allow_list),
        rate_limit: read_or_fault(rate_limit(&input.rate_limit), &mut faults),
        spend_cap: read_or_fault(
            plans::read_cap("spend_cap", &input.spend_cap, currency),
            &mut faults,
        ),
        ..NewKey::default()
    };
    (new, faults)
}

/// The change that gives a key the name and exactly the settings of `new`.
pub fn replacing(new: NewKey) -> KeyUpdate {
    KeyUpdate {
        name: Some(new.name),
        scopes: None,
        ip_allow_list: Some(Some(new.ip_allow_list)),
        rate_limit: Some(new.rate_limit),
        spend_cap: Some(new.spend_cap),
    }
}

fn read_or_fault<T: Default>(read: Result<T, FieldError>, faults: &mut Vec<FieldError>) -> T {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        T::default()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(calls: u32, seconds: u32) -> Settings {
        Settings { rate_limit: Some(RateLimit { calls, seconds }), ..Settings::default() }
    }

    fn capped(cap: u64) -> Settings {
        Settings { spend_cap: Some(cap), ..Settings::default() }
    }

    fn places(faults: Vec<FieldError>) -> Vec<String> {
        faults.into_iter().map(|fault| fault.location).collect()
    }

    #[test]
    fn what_is_unbounded_is_looser_than_any_bound() {
        assert_eq!(Settings::default().looser_than(&capped(100)), Some("spend_cap"));
        assert_eq!(capped(100).looser_than(&Settings::default()), None);
        assert_eq!(capped(101).looser_than(&capped(100)), Some("spend_cap"));
        assert_eq!(Settings::default().looser_than(&rate(1, 1)), Some("rate_limit"));
    }

    #[test]
    fn a_rate_is_tighter_only_in_burst_and_speed_together() {
        assert_eq!(rate(5, 1).looser_than(&rate(5, 1)), None);
        assert_eq!(rate(5, 60).looser_than(&rate(20, 1)), None);
        assert_eq!(rate(100, 60).looser_than(&rate(20, 1)), Some("rate_limit"));
        assert_eq!(rate(5, 1).looser_than(&rate(100, 60)), Some("rate_limit"));
    }

    #[test]
    fn every_invalid_setting_is_named() {
        let bad = NewKey {
            ip_allow_list: vec!["10.0.0.1".into(), "here".into()],
            rate_limit: Some(RateLimit { calls: 0, seconds: 1 }),
            spend_cap: Some(u64::MAX),
            ..NewKey::default()
        };
        let all = ["ip_allow_list[1]", "rate_limit", "spend_cap"];
        let mut errors = Vec::new();
        Settings::of_new(&bad, &mut errors);
        assert_eq!(places(errors), all);
        let mut errors = Vec::new();
        Settings::default().change(&replacing(bad), &mut errors);
        assert_eq!(places(errors), all);
    }

    #[test]
    fn an_audit_entry_has_the_settings_as_the_api_writes_them() {
        let mut errors = Vec::new();
        let new = NewKey { ip_allow_list: vec!["10.0.0.1".into()], ..NewKey::default() };
        let settings =
            Settings { rate_limit: rate(5, 60).rate_limit, ..Settings::of_new(&new, &mut errors) };
        let mut entry = serde_json::json!({ "name": "Checkout" });
        settings.add_to(&mut entry).unwrap();
        assert_eq!(
            entry.to_string(),
            r#"{"name":"Checkout","ip_allow_list":["10.0.0.1/32"],"rate_limit":{"calls":5,"seconds":60},"spend_cap":null}"#
        );
    }

    #[test]
    fn lines_and_commas_part_entries_and_an_empty_rate_is_none() {
        assert_eq!(ip_entries(" 10.0.0.1\r\n\r\n10.0.0.2, ::1 "), ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(rate_limit("5/60").unwrap(), Some(RateLimit { calls: 5, seconds: 60 }));
        assert_eq!(rate_limit(" ").unwrap(), None);
        assert!(rate_limit("5").is_err());
    }

    #[test]
    fn a_cap_is_read_in_the_currency_as_it_is_shown() {
        let spend_cap = |text: &str, currency| plans::read_cap("spend_cap", text, currency);
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
    fn every_text_that_cannot_be_read_is_reported_and_the_others_are_kept() {
        let faults = |rate_limit: &str, spend_cap: &str| {
            let (new, faults) = read(
                KeyInput {
                    name: "Checkout".into(),
                    ip_allow_list: "10.0.0.1".into(),
                    rate_limit: rate_limit.into(),
                    spend_cap: spend_cap.into(),
                },
                "usd".parse().unwrap(),
            );
            assert_eq!(
                (new.name.as_str(), new.ip_allow_list),
                ("Checkout", vec!["10.0.0.1".into()])
            );
            places(faults)
        };
        assert_eq!(faults("fast", "much"), ["rate_limit", "spend_cap"]);
        assert_eq!(faults("5/60", "much"), ["spend_cap"]);
        assert_eq!(faults("fast", "50"), ["rate_limit"]);
        assert_eq!(faults("", ""), Vec::<String>::new());
    }
}
