//! An endpoint as form fields: texts, one entry per line.

use std::collections::BTreeMap;

use tollgate_types::time::Timestamp;

use super::fields::{EndpointUpdate, NewEndpoint};
use crate::{Error, Result};

/// The fields of a form.
#[derive(Default)]
pub struct Fields {
    pub url: String,
    pub description: String,
    pub event_types: String,
    pub headers: String,
    pub rate: String,
}

impl Fields {
    /// # Errors
    /// `validation_failed` for invalid headers or an invalid rate.
    pub fn new_endpoint(self) -> Result<NewEndpoint> {
        let (headers, rate) = (read_headers(&self.headers)?, read_rate(&self.rate)?);
        Ok(NewEndpoint {
            event_types: entries(&self.event_types),
            url: self.url,
            description: self.description,
            headers,
            rate,
        })
    }

    /// A complete update. Headers, whose values are not in the form, stay if none are entered and
    /// none are removed.
    pub fn update(self, remove_headers: bool) -> Result<EndpointUpdate> {
        let headers = read_headers(&self.headers)?;
        Ok(EndpointUpdate {
            headers: (remove_headers || !headers.is_empty()).then_some(headers),
            event_types: Some(entries(&self.event_types)),
            rate: Some(read_rate(&self.rate)?),
            url: Some(self.url),
            description: Some(self.description),
        })
    }
}

/// Separated by white space or commas; everything, if it is empty.
fn entries(text: &str) -> Vec<String> {
    let found: Vec<String> = text
        .split([' ', '\t', '\r', '\n', ','])
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect();
    if found.is_empty() { vec!["*".into()] } else { found }
}

/// `Name: value`, one per line.
fn read_headers(text: &str) -> Result<BTreeMap<String, String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
    };
    lines
        .map(|line| {
            pair(line).ok_or_else(|| {
                Error::field(
                    "headers",
                    "invalid_format",
                    "Enter one header per line, as `Name: value`.",
                )
            })
        })
        .collect()
}

fn read_rate(text: &str) -> Result<Option<u32>> {
    let text = text.trim();
    let wrong = |_| Error::field("rate", "invalid_format", "Enter the rate as a whole number.");
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(wrong) }
}

/// A time from a program or a browser's date field: RFC 3339, or UTC to the minute.
///
/// # Errors
/// `validation_failed` for an invalid time.
pub fn read_time(place: &'static str, text: &str) -> Result<Timestamp> {
    let text = text.trim();
    let read = text
        .parse()
        .or_else(|_| format!("{text}Z").parse())
        .or_else(|_| format!("{text}:00Z").parse());
    read.map_err(|_| {
        Error::field(place, "invalid_format", "Enter a time such as 2026-11-21T22:00:00Z.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_fields() {
        let fields = Fields {
            event_types: "a.*,\r\n b\n".into(),
            headers: " X-A: 1:2 \n\nX-B:\n".into(),
            rate: " 5 ".into(),
            ..Fields::default()
        };
        let new = fields.new_endpoint().unwrap();
        assert_eq!((new.event_types, new.rate), (vec!["a.*".to_owned(), "b".into()], Some(5)));
        assert_eq!(
            new.headers.into_iter().collect::<Vec<_>>(),
            [("X-A".to_owned(), "1:2".to_owned()), ("X-B".into(), String::new())]
        );
        assert_eq!(Fields::default().new_endpoint().unwrap().event_types, ["*"]);
        assert!(Fields { headers: "X-A".into(), ..Fields::default() }.new_endpoint().is_err());
        assert!(Fields { rate: "5/1".into(), ..Fields::default() }.update(false).is_err());
    }

    #[test]
    fn headers_stay_unless_they_are_given_or_removed() {
        assert!(Fields::default().update(false).unwrap().headers.is_none());
        assert!(Fields::default().update(true).unwrap().headers.unwrap().is_empty());
    }

    #[test]
    fn times_come_from_programs_and_from_date_fields() {
        for text in [
            "2026-11-21T22:00:00Z",
            "2026-11-21T22:00",
            "2026-11-21T22:00:00",
            "2026-11-21T23:00:00+01:00",
        ] {
            assert_eq!(
                read_time("since", text).unwrap().to_string(),
                "2026-11-21T22:00:00.000Z",
                "{text}"
            );
        }
        assert!(read_time("since", "yesterday").is_err() && read_time("since", "").is_err());
    }
}
