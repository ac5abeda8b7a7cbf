//! What an endpoint may be like.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::event_types;
use crate::server::outbound::{Reach, check_url};
use crate::server::{Error, Result};
use crate::types::error::FieldError;
use crate::types::patch::present;

const MAX_HEADERS: usize = 10;
const MAX_HEADER_NAME: usize = 64;
const MAX_HEADER_VALUE: usize = 1_000;
const MAX_DESCRIPTION: usize = 500;
const MAX_RATE: u32 = 1_000;

/// Headers that belong to the connection, to the message, or to the signature. Beginnings end in a dash.
const OURS: [&str; 18] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-",
    "te",
    "tollgate-",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "webhook-",
];

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhookEndpoint)]
pub struct NewEndpoint {
    /// Where events are sent, by https.
    #[schema(max_length = 2000, example = "https://example.com/webhooks")]
    pub url: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// Types, or patterns such as `customer.*`; everything, if absent.
    #[serde(default = "everything")]
    #[schema(min_items = 1, max_items = 50, example = json!(["customer.*", "key.revoked"]))]
    pub event_types: Vec<String>,
    /// Headers that each delivery carries, up to 10. Their values are never shown again.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Deliveries a second, at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub rate: Option<u32>,
}

fn everything() -> Vec<String> {
    vec!["*".into()]
}

/// What is to be changed. Absent fields stay.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WebhookEndpointUpdate)]
pub struct EndpointUpdate {
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    #[schema(max_length = 500, example = "Orders")]
    pub description: Option<String>,
    #[schema(min_items = 1, max_items = 50)]
    pub event_types: Option<Vec<String>>,
    /// Takes the place of all headers there are.
    pub headers: Option<BTreeMap<String, String>>,
    /// Null lifts it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub rate: Option<Option<u32>>,
}

/// Fields that are in order.
#[derive(Default)]
pub struct Checked {
    pub url: Option<String>,
    pub description: Option<String>,
    pub event_types: Option<Vec<String>>,
    pub headers: Option<BTreeMap<String, String>>,
    pub rate: Option<Option<u32>>,
}

impl From<NewEndpoint> for EndpointUpdate {
    fn from(new: NewEndpoint) -> Self {
        Self {
            url: Some(new.url),
            description: Some(new.description),
            event_types: Some(new.event_types),
            headers: Some(new.headers),
            rate: Some(new.rate),
        }
    }
}

/// # Errors
/// `validation_failed` with every field that is wrong.
pub fn check(update: EndpointUpdate, reach: Reach) -> Result<Checked> {
    let mut errors = Vec::new();
    let mut require = |holds: bool, location: &str, code: &str, message: String| {
        if !holds {
            errors.push(FieldError::new(location, code, message));
        }
    };
    let url = update.url.map(|text| check_url(&text, reach)).transpose();
    if let Err(fault) = &url {
        require(false, "url", "invalid_url", fault.to_string());
    }
    let description = update.description.map(|text| text.trim().to_owned());
    if let Some(text) = &description {
        let fits = text.chars().count() <= MAX_DESCRIPTION && !text.contains('\0');
        require(
            fits,
            "description",
            "invalid_length",
            format!("The description may have {MAX_DESCRIPTION} characters, and none that is U+0000."),
        );
    }
    let event_types = update.event_types.map(|mut types| {
        types.sort();
        types.dedup();
        types
    });
    if let Some(types) = &event_types {
        let fits = (1..=event_types::MAX).contains(&types.len());
        require(fits, "event_types", "invalid_length", format!("Name 1 to {} event types.", event_types::MAX));
        for bad in types.iter().filter(|text| !event_types::is_pattern(text)).take(event_types::MAX) {
            require(false, "event_types", "invalid_format", format!("{bad:?} is neither an event type, nor `prefix.*`, nor `*`."));
        }
    }
    if let Some(headers) = &update.headers {
        require(headers.len() <= MAX_HEADERS, "headers", "too_many", format!("At most {MAX_HEADERS} headers."));
        for (name, value) in headers.iter().take(MAX_HEADERS) {
            if let Err(message) = check_header(name, value) {
                require(false, &format!("headers.{name}"), "invalid_header", message);
            }
        }
    }
    if let Some(Some(rate)) = update.rate {
        require((1..=MAX_RATE).contains(&rate), "rate", "out_of_range", format!("A rate is 1 to {MAX_RATE} deliveries a second."));
    }
    match url {
        Ok(url) if errors.is_empty() => {
            let url = url.map(String::from);
            Ok(Checked { url, description, event_types, headers: update.headers, rate: update.rate })
        }
        _ => Err(Error::fields(errors)),
    }
}

fn check_header(name: &str, value: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    if name.len() > MAX_HEADER_NAME || HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(format!("That is not a header's name of at most {MAX_HEADER_NAME} characters."));
    }
    if OURS.iter().any(|ours| lower == *ours || (ours.ends_with('-') && lower.starts_with(ours))) {
        return Err(format!("`{name}` is set by us or belongs to the connection."));
    }
    // The value is not repeated: it may be a secret.
    if value.len() > MAX_HEADER_VALUE || !value.bytes().all(|b| (b' '..=b'~').contains(&b)) || HeaderValue::from_str(value).is_err() {
        return Err(format!("A header's value has at most {MAX_HEADER_VALUE} characters of visible ASCII."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(json: &str) -> Vec<String> {
        let update: EndpointUpdate = serde_json::from_str(json).unwrap();
        match check(update, Reach::Public) {
            Ok(_) => Vec::new(),
            Err(Error::Problem(problem)) => problem.errors.into_iter().map(|error| error.location).collect(),
            Err(Error::Internal(cause)) => panic!("{cause}"),
        }
    }

    #[test]
    fn what_is_in_order_passes() {
        assert!(places(r#"{"url":"https://example.com/hook","event_types":["a.*","b"],"headers":{"X-Tenant":"7","Authorization":"Bearer x"},"rate":5}"#).is_empty());
        assert!(places(r#"{"rate":null,"headers":{}}"#).is_empty());
    }

    #[test]
    fn each_fault_is_told_with_its_place() {
        assert_eq!(places(r#"{"url":"https://10.0.0.1/"}"#), ["url"]);
        assert_eq!(places(r#"{"url":"http://example.com/"}"#), ["url"]);
        assert_eq!(places(r#"{"event_types":[]}"#), ["event_types"]);
        assert_eq!(places(r#"{"event_types":["A","cust*"]}"#), ["event_types", "event_types"]);
        assert_eq!(places(r#"{"rate":0}"#), ["rate"]);
        assert_eq!(places(r#"{"rate":1001}"#), ["rate"]);
        for name in ["Host", "webhook-id", "Transfer-Encoding", "Proxy-Authorization", "bad name", "", "Content-Type"] {
            let json = serde_json::json!({ "headers": { name: "x" } }).to_string();
            assert_eq!(places(&json), [format!("headers.{name}")]);
        }
        assert_eq!(places(r#"{"headers":{"X-A":"a\r\nX-B: b"}}"#), ["headers.X-A"]);
        assert_eq!(places(r#"{"url":"x","rate":0,"description":"\u0000"}"#).len(), 3);
    }
}
