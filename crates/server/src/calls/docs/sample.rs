//! Calls as code samples.

use tollgate_openapi::samples::{self, SampleBody, SampleRequest};
use tollgate_openapi::schemas::Schemas;
use tollgate_openapi::spec::Operation;
use tollgate_types::docs::{PrintedCall, SampleView};

use crate::products::Product;
use crate::{App, Error, Result};

/// The maximum size of a call in a sample, in bytes.
const MAX_CALL: usize = 64 * 1024;

/// A call to `operation`, with example values. `base` is the portal's URL.
pub fn request(
    schemas: &Schemas,
    product: &Product,
    operation: &Operation,
    base: &str,
) -> SampleRequest {
    samples::request(schemas, operation, &format!("{base}{}", product.prefix()))
}

pub fn printed(request: &SampleRequest) -> Vec<SampleView> {
    let samples = samples::samples(request).into_iter();
    samples
        .map(|sample| SampleView {
            language: sample.language.name().into(),
            label: sample.language.label().into(),
            code: sample.code,
        })
        .collect()
}

/// A user-defined call, in every language. The caller inserts the key.
///
/// # Errors
/// `validation_failed` for a call that is too large, or that no program could send.
pub fn print(app: &App, call: PrintedCall) -> Result<Vec<SampleView>> {
    let size = call.url.len()
        + call.body.as_ref().map_or(0, String::len)
        + call.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if size > MAX_CALL {
        return Err(Error::field(
            "body",
            "too_large",
            format!("The call has more than {} KiB and cannot be shown as code.", MAX_CALL / 1024),
        ));
    }
    let is_path = call.url.starts_with('/') && call.url.bytes().all(|byte| byte.is_ascii_graphic());
    let is_text = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let is_method = (1..=10).contains(&call.method.len())
        && call.method.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    if !is_path
        || !is_method
        || !call.headers.iter().all(|(name, value)| is_name(name) && is_text(value))
    {
        return Err(Error::field(
            "url",
            "invalid_value",
            "The call contains characters that cannot be sent.",
        ));
    }
    let is_json = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("content-type") && value.contains("json")
    };
    let is_json = call.headers.iter().any(is_json);
    let body = call.body.map(|text| match serde_json::from_str(&text) {
        Ok(value) if is_json => SampleBody::Json(value),
        _ => SampleBody::Text(text),
    });
    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {}", samples::KEY))];
    headers.extend(call.headers);
    Ok(printed(&SampleRequest {
        method: call.method,
        url: format!("{}{}", app.config.base_url(), call.url),
        headers,
        body,
    }))
}
