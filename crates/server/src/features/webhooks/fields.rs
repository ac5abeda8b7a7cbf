//! Validation of an endpoint's fields.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use serde::Deserialize;
use tollgate_proxy::outbound::{Reach, check_url};
use tollgate_types::error::FieldError;
use tollgate_types::patch::present;

use super::event_types;
use crate::{Error, Result};

const MAX_HEADERS: usize = 10;
const MAX_HEADER_NAME: usize = 64;
const MAX_HEADER_VALUE: usize = 1_000;
const MAX_DESCRIPTION: usize = 500;
const MAX_RATE: u32 = 1_000;

/// Headers that belong to the connection, to the message, or to the signature. A trailing dash
/// marks a prefix.
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

/// A webhook endpoint to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhookEndpoint)]
pub struct NewEndpoint {
    /// URL that receives the events: `https`, with a public address and without user name or
    /// fragment, up to 2,000 characters.
    #[schema(max_length = 2000, example = "https://example.com/webhooks")]
    pub url: String,
    /// Your description of the endpoint, up to 500 characters. Default: empty.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// Event types, or patterns such as `customer.*`, that the endpoint receives, 1 to 50. Default:
    /// `*`, all events.
    #[serde(default = "everything")]
    #[schema(min_items = 1, max_items = 50, example = json!(["customer.*", "key.revoked"]))]
    pub event_types: Vec<String>,
    /// HTTP headers to send with each delivery, up to 10: names of up to 64 characters, values of
    /// up to 1,000 visible ASCII characters. Headers that Tollgate sets itself, such as
    /// `content-type` and `webhook-id`, are not allowed. The values are never shown again. Default:
    /// none.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Maximum deliveries per second to the endpoint, 1 to 1,000, from all instances of the server
    /// together. Absent or null: no limit.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub rate: Option<u32>,
}

fn everything() -> Vec<String> {
    vec!["*".into()]
}

/// Changes to a webhook endpoint. Absent fields keep their values.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WebhookEndpointUpdate)]
pub struct EndpointUpdate {
    /// New URL that receives the events: `https` with a public address, up to 2,000 characters. If
    /// its origin (scheme, host or port) differs and the endpoint has headers, send `headers` as
    /// well, because headers can contain credentials for the previous server. Also rotate the
    /// signing secret if the previous server must not know it. Absent or null: unchanged.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// New description, up to 500 characters. Absent or null: unchanged.
    #[schema(max_length = 500, example = "Orders")]
    pub description: Option<String>,
    /// New event types, or patterns such as `customer.*`, that the endpoint receives, 1 to 50.
    /// Replaces the whole list. Absent or null: unchanged.
    #[schema(min_items = 1, max_items = 50)]
    pub event_types: Option<Vec<String>>,
    /// New HTTP headers, up to 10: names of up to 64 characters, values of up to 1,000 visible
    /// ASCII characters. Replaces all existing headers; an empty object removes them. Absent or
    /// null: unchanged.
    pub headers: Option<BTreeMap<String, String>>,
    /// Maximum deliveries per second to the endpoint, 1 to 1,000. Null removes the limit. Absent:
    /// unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub rate: Option<Option<u32>>,
}

/// The validated fields.
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
/// `validation_failed` with every invalid field.
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
            format!(
                "The description may have at most {MAX_DESCRIPTION} characters, and not the character U+0000."
            ),
        );
    }
    let event_types = update.event_types.map(|mut types| {
        types.sort();
        types.dedup();
        types
    });
    if let Some(types) = &event_types {
        let fits = (1..=event_types::MAX).contains(&types.len());
        require(
            fits,
            "event_types",
            "invalid_length",
            format!("Send 1 to {} event types.", event_types::MAX),
        );
        for bad in types.iter().filter(|text| !event_types::is_pattern(text)).take(event_types::MAX)
        {
            require(
                false,
                "event_types",
                "invalid_format",
                format!("{bad:?} is not an event pattern. Use an event type, `prefix.*` or `*`."),
            );
        }
        for (misspelt, meant) in
            types.iter().filter_map(|text| Some((text, event_types::meant(text)?)))
        {
            require(
                false,
                "event_types",
                "unknown_event_type",
                format!(
                    "The portal has no event type `{misspelt}`. Did you mean `{meant}`? The portal's types are: {}.",
                    event_types::listed()
                ),
            );
        }
    }
    if let Some(headers) = &update.headers {
        require(
            headers.len() <= MAX_HEADERS,
            "headers",
            "too_many",
            format!("An endpoint may have at most {MAX_HEADERS} headers."),
        );
        for (name, value) in headers.iter().take(MAX_HEADERS) {
            if let Err(message) = check_header(name, value) {
                require(false, &format!("headers.{name}"), "invalid_header", message);
            }
        }
    }
    if let Some(Some(rate)) = update.rate {
        require(
            (1..=MAX_RATE).contains(&rate),
            "rate",
            "out_of_range",
            format!("The rate must be 1 to {MAX_RATE} deliveries per second."),
        );
    }
    match url {
        Ok(url) if errors.is_empty() => {
            let url = url.map(String::from);
            Ok(Checked {
                url,
                description,
                event_types,
                headers: update.headers,
                rate: update.rate,
            })
        }
        _ => Err(Error::fields(errors)),
    }
}

pub(super) fn check_header(name: &str, value: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    if name.len() > MAX_HEADER_NAME || HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(format!("Not a valid header name of at most {MAX_HEADER_NAME} characters."));
    }
    if OURS.iter().any(|ours| lower == *ours || (ours.ends_with('-') && lower.starts_with(ours))) {
        return Err(format!(
            "`{name}` cannot be set: Tollgate sets it, or it belongs to the connection."
        ));
    }
    // The value is not repeated: it may be a secret.
    if value.len() > MAX_HEADER_VALUE
        || !value.bytes().all(|b| (b' '..=b'~').contains(&b))
        || HeaderValue::from_str(value).is_err()
    {
        return Err(format!(
            "A header value may have at most {MAX_HEADER_VALUE} visible ASCII characters."
        ));
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
            Err(Error::Problem(problem)) => {
                problem.errors.into_iter().map(|error| error.location).collect()
            }
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
        assert_eq!(
            places(r#"{"event_types":["customer.craeted","order.paid","kye.*"]}"#),
            ["event_types", "event_types"]
        );
        assert_eq!(places(r#"{"rate":0}"#), ["rate"]);
        assert_eq!(places(r#"{"rate":1001}"#), ["rate"]);
        for name in [
            "Host",
            "webhook-id",
            "Transfer-Encoding",
            "Proxy-Authorization",
            "bad name",
            "",
            "Content-Type",
        ] {
            let json = serde_json::json!({ "headers": { name: "x" } }).to_string();
            assert_eq!(places(&json), [format!("headers.{name}")]);
        }
        assert_eq!(places(r#"{"headers":{"X-A":"a\r\nX-B: b"}}"#), ["headers.X-A"]);
        assert_eq!(places(r#"{"url":"x","rate":0,"description":"\u0000"}"#).len(), 3);
    }
}
