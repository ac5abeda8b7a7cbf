//! An endpoint as form fields: texts, one entry per line.

use std::collections::BTreeMap;

use tollgate_proxy::outbound::Reach;
use tollgate_types::error::FieldError;
use tollgate_types::time::Timestamp;

use super::fields::{EndpointUpdate, NewEndpoint, check, check_header};
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
    /// `validation_failed` with every invalid field, if a header or the rate cannot be read.
    pub fn new_endpoint(self, reach: Reach) -> Result<NewEndpoint> {
        let (headers, rate) = self.read(reach)?;
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
    ///
    /// # Errors
    /// As for a new endpoint.
    pub fn update(self, remove_headers: bool, reach: Reach) -> Result<EndpointUpdate> {
        let (headers, rate) = self.read(reach)?;
        Ok(EndpointUpdate {
            headers: (remove_headers || !headers.is_empty()).then_some(headers),
            event_types: Some(entries(&self.event_types)),
            rate: Some(rate),
            url: Some(self.url),
            description: Some(self.description),
        })
    }

    fn read(&self, reach: Reach) -> Result<(Headers, Option<u32>)> {
        let (headers, mut faults) = read_headers(&self.headers);
        let rate = self.rate.trim();
        let number = (!rate.is_empty()).then(|| rate.parse());
        let rate = number.transpose().unwrap_or_else(|_| {
            let message = "Enter the rate as a whole number.";
            faults.push(FieldError::new("rate", "invalid_format", message));
            None
        });
        if faults.is_empty() {
            return Ok((headers, rate));
        }
        // All invalid fields are reported together.
        let others = EndpointUpdate {
            url: Some(self.url.clone()),
            description: Some(self.description.clone()),
            event_types: Some(entries(&self.event_types)),
            headers: None,
            rate: Some(rate),
        };
        if let Err(Error::Problem(problem)) = check(others, reach) {
            faults.extend(problem.errors);
        }
        Err(Error::fields(faults))
    }
}

/// Separated by white space or commas; everything, if it is empty.
fn entries(text: &str) -> Vec<String> {
    let found: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect();
    if found.is_empty() { vec!["*".into()] } else { found }
}

type Headers = BTreeMap<String, String>;

/// `Name: value`, one per line, and the fault of each wrong line. No fault repeats a value, which
/// may be a secret.
fn read_headers(text: &str) -> (Headers, Vec<FieldError>) {
    let (mut headers, mut faults) = (Headers::new(), Vec::new());
    for (at, line) in text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let mut fault = |code: &str, message: String| {
            let message = format!("Line {}: {message}", at + 1);
            faults.push(FieldError::new(format!("headers[{at}]"), code, message));
        };
        let Some((name, value)) = line.split_once(':') else {
            fault("invalid_format", "Enter the header as `Name: value`.".to_owned());
            continue;
        };
        let (name, value) = (name.trim(), value.trim());
        if let Err(message) = check_header(name, value) {
            fault("invalid_header", message);
        } else if headers.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            fault("duplicate_field", format!("`{name}` is already set. Enter each header once."));
        } else {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    (headers, faults)
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
        let new = fields.new_endpoint(Reach::Public).unwrap();
        assert_eq!((new.event_types, new.rate), (vec!["a.*".to_owned(), "b".into()], Some(5)));
        assert_eq!(
            new.headers.into_iter().collect::<Vec<_>>(),
            [("X-A".to_owned(), "1:2".to_owned()), ("X-B".into(), String::new())]
        );
        assert_eq!(Fields::default().new_endpoint(Reach::Public).unwrap().event_types, ["*"]);
        assert!(
            Fields { headers: "X-A".into(), ..Fields::default() }
                .new_endpoint(Reach::Public)
                .is_err()
        );
        assert!(
            Fields { rate: "5/1".into(), ..Fields::default() }
                .update(false, Reach::Public)
                .is_err()
        );
    }

    #[test]
    fn event_types_are_separated_by_spaces_commas_or_lines() {
        for text in ["a.b c.*", "a.b,c.*", "a.b\nc.*", " a.b ,\r\n\tc.*, ", "a.b\u{a0}c.*"] {
            assert_eq!(entries(text), ["a.b", "c.*"], "{text:?}");
        }
    }

    #[test]
    fn every_wrong_line_and_all_other_fields_are_reported_together() {
        let headers = "X-A: 1\nno colon\n\nHost: x\nbad name: x\nx-a: 2\nX-B: \u{e9}secret";
        let url = "https://user:x@example.com/".into();
        let fields =
            Fields { url, headers: headers.into(), rate: "1/s".into(), ..Fields::default() };
        let Err(Error::Problem(problem)) = fields.new_endpoint(Reach::Public) else {
            panic!("it passed")
        };
        let places: Vec<&str> =
            problem.errors.iter().map(|error| error.location.as_str()).collect();
        let wanted =
            ["headers[1]", "headers[3]", "headers[4]", "headers[5]", "headers[6]", "rate", "url"];
        assert_eq!(places, wanted);
        assert!(problem.errors[1].message.starts_with("Line 4: `Host` cannot be set"));
        assert!(problem.errors.iter().all(|error| !error.message.contains("secret")));
    }

    #[test]
    fn headers_stay_unless_they_are_given_or_removed() {
        assert!(Fields::default().update(false, Reach::Public).unwrap().headers.is_none());
        assert!(Fields::default().update(true, Reach::Public).unwrap().headers.unwrap().is_empty());
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
