//! The headers that a document declares for a response.

use serde_json::Value;

use super::ResponseContext;
use crate::mock::generate::generate;
use crate::spec::Parameter;
use crate::wire::{self, Writing};

/// Maximum number of headers in one response.
const MAX_HEADERS: usize = 32;
/// Headers that a server sets itself, or that would change how the response is read.
const NOT_OURS: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "set-cookie",
    "transfer-encoding",
    "upgrade",
];

const RETRY_AFTER: &str = "Retry-After";
/// In seconds. The mock itself never makes a caller wait.
const WAIT: &str = "1";

/// The required headers, each with a value, and `Retry-After` for a caller that has to wait, as the
/// gateway sends it.
pub fn sent(context: &ResponseContext) -> Vec<(String, String)> {
    let declared = &context.response.headers;
    let mut sent: Vec<(String, String)> = declared
        .iter()
        .filter(|header| header.required && is_fit(&header.name))
        .filter_map(|header| {
            let value = example(context, header).or_else(|| {
                generate(context.schemas, &header.schema, context.seed.child(&header.name))
            })?;
            Some((header.name.clone(), written(header, &value)?))
        })
        .take(MAX_HEADERS)
        .collect();
    let is_wait = |name: &str| name.eq_ignore_ascii_case(RETRY_AFTER);
    let waits = matches!(context.status, 429 | 503);
    if waits && !sent.iter().any(|(name, _)| is_wait(name)) {
        let optional = declared.iter().find(|header| is_wait(&header.name));
        let wait = optional.and_then(|header| written(header, &example(context, header)?));
        sent.push((RETRY_AFTER.to_owned(), wait.unwrap_or_else(|| WAIT.to_owned())));
    }
    sent
}

/// The first example that the header's schema accepts.
fn example(context: &ResponseContext, header: &Parameter) -> Option<Value> {
    let examples = header.examples.iter().map(|example| &example.value);
    examples.filter(|value| context.schemas.accepts(&header.schema, value)).map(Clone::clone).next()
}

pub fn declares(context: &ResponseContext, name: &str) -> bool {
    context.response.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name))
}

fn is_fit(name: &str) -> bool {
    http::HeaderName::try_from(name).is_ok()
        && !NOT_OURS.contains(&name.to_ascii_lowercase().as_str())
}

/// `None` if the value is not valid in a header.
fn written(header: &Parameter, value: &Value) -> Option<String> {
    let text = wire::in_header(&Writing::of(header), value);
    text.chars().all(|letter| (' '..='~').contains(&letter)).then_some(text)
}
