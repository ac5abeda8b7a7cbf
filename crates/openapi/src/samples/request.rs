//! The smallest call to an operation that its document allows.

use std::collections::HashSet;

use super::values::Values;
use super::{KEY, SampleRequest, body, parameters};
use crate::schemas::Schemas;
use crate::spec::{Operation, Parameter, Place};
use crate::wire::{self, Writing, percent_encoding_of};

/// Headers that the programs' libraries write themselves, refuse, or that are not forwarded to an
/// API.
const NOT_SHOWN: [&str; 13] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "__proto__",
];

/// `base_url` is the product's URL, with or without a slash at the end. Optional parts are left
/// out, except the body. `schemas` are those of requests.
pub fn request(schemas: &Schemas, operation: &Operation, base_url: &str) -> SampleRequest {
    let values = Values::new(schemas, &operation.id);
    let of = |place: Place| {
        operation.parameters.iter().filter(move |parameter| parameter.place == place)
    };
    let mut url =
        format!("{}{}", base_url.trim_end_matches('/'), parameters::path(&values, operation));
    for parameter in of(Place::Query).filter(|parameter| parameter.required) {
        for pair in wire::query(&Writing::of(parameter), &values.of_parameter(parameter)) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&pair);
        }
    }

    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {KEY}"))];
    let mut seen: HashSet<String> = NOT_SHOWN.into_iter().map(str::to_owned).collect();
    for parameter in
        of(Place::Header).filter(|parameter| parameter.required && is_token(&parameter.name))
    {
        if seen.insert(parameter.name.to_ascii_lowercase()) {
            headers.push((parameter.name.clone(), header(&values, parameter)));
        }
    }
    // A browser sends no body with these methods.
    let may_have_body = !matches!(operation.method.as_str(), "GET" | "HEAD" | "TRACE");
    let (content_type, body) = match operation
        .body
        .as_ref()
        .filter(|_| may_have_body)
        .and_then(|body| body::body(&values, body))
    {
        Some((content_type, body)) => (content_type, Some(body)),
        None => (None, None),
    };
    headers.extend(content_type.map(|name| ("Content-Type".to_owned(), name)));
    SampleRequest { method: operation.method.clone(), url, headers, body }
}

fn header(values: &Values, parameter: &Parameter) -> String {
    let value = wire::in_header(&Writing::of(parameter), &values.of_parameter(parameter));
    let value = percent_encoding_of(value.trim(), |byte| matches!(byte, b' '..=b'~'));
    if value.is_empty() { "string".to_owned() } else { value }
}

/// A valid name of a header (RFC 9110).
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
