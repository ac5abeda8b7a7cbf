//! Calls as programs.

use crate::server::products::Product;
use crate::server::samples::{self, SampleBody, SampleRequest};
use crate::server::schemas::Schemas;
use crate::server::spec::Operation;
use crate::server::{App, Error, Result};
use crate::types::docs::{PrintedCall, SampleView};

/// Bytes of a call that is printed.
const MAX_CALL: usize = 64 * 1024;

/// A call to `operation`, filled in. `base` is the portal's address.
pub fn request(schemas: &Schemas, product: &Product, operation: &Operation, base: &str) -> SampleRequest {
    samples::request(schemas, operation, &format!("{base}{}", product.prefix()))
}

pub fn printed(request: &SampleRequest) -> Vec<SampleView> {
    let samples = samples::samples(request).into_iter();
    samples
        .map(|sample| SampleView { language: sample.language.name().into(), label: sample.language.label().into(), code: sample.code })
        .collect()
}

/// A call that somebody put together, in every language. A key is put in by whoever has it.
///
/// # Errors
/// `validation_failed` for a call that is too large, or that no program could send.
pub fn print(app: &App, call: PrintedCall) -> Result<Vec<SampleView>> {
    let size = call.url.len()
        + call.body.as_ref().map_or(0, String::len)
        + call.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if size > MAX_CALL {
        return Err(Error::field("body", "too_large", format!("A call of more than {} KiB is not printed.", MAX_CALL / 1024)));
    }
    let is_path = call.url.starts_with('/') && call.url.bytes().all(|byte| byte.is_ascii_graphic());
    let is_text = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let is_method = (1..=10).contains(&call.method.len()) && call.method.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_path || !is_method || !call.headers.iter().all(|(name, value)| is_name(name) && is_text(value)) {
        return Err(Error::field("url", "invalid_value", "The call holds characters that cannot be sent."));
    }
    let is_json = |(name, value): &(String, String)| name.eq_ignore_ascii_case("content-type") && value.contains("json");
    let is_json = call.headers.iter().any(is_json);
    let body = call.body.map(|text| match serde_json::from_str(&text) {
        Ok(value) if is_json => SampleBody::Json(value),
        _ => SampleBody::Text(text),
    });
    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {}", samples::KEY))];
    headers.extend(call.headers);
    Ok(printed(&SampleRequest { method: call.method, url: format!("{}{}", app.config.base_url(), call.url), headers, body }))
}
