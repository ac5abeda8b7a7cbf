//! Single values as text.

use serde_json::Value;

use super::shape;
use crate::schemas::Schemas;

/// A value without the quotes of JSON. Nested values are written as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Leaves only characters that never need encoding (RFC 3986, 2.3).
pub fn encoded(text: &str) -> String {
    percent_encoding_of(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Encodes each byte that is not in `kept`, as `%41`.
pub fn percent_encoding_of(text: &str, kept: impl Fn(u8) -> bool) -> String {
    text.bytes()
        .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Percent-decoded, with `+` as a space.
pub fn decoded(text: &str) -> String {
    // For the parser of forms, a text without `=` and `&` is one name.
    let safe = text.replace('=', "%3D").replace('&', "%26");
    url::form_urlencoded::parse(safe.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

/// Converts the text to the first type that the schema accepts: number, boolean, null, string. If
/// it accepts none, converts it to the expected type, so that the error refers to this type.
pub fn read(schemas: &Schemas, schema: &Value, text: &str) -> Value {
    let string = Value::String(text.to_owned());
    let candidates = [number(text), boolean(text), text.is_empty().then_some(Value::Null)];
    // A number in place of a string stays a string, `007` with its zeros.
    if schema.is_null()
        || candidates.iter().all(Option::is_none)
        || schemas.accepts(schema, &string)
    {
        return string;
    }
    let fitting = candidates.iter().flatten().find(|candidate| schemas.accepts(schema, candidate));
    fitting
        .or_else(|| {
            candidates.iter().flatten().find(|candidate| is_meant(schemas, schema, candidate))
        })
        .cloned()
        .unwrap_or(string)
}

/// Only JSON's numbers, without leading spaces, which the parser would skip. Whole numbers of up to
/// 64 bits are exact.
fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        || !text.ends_with(|last: char| last.is_ascii_digit())
    {
        return None;
    }
    serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number)
}

fn boolean(text: &str) -> Option<Value> {
    text.parse::<bool>().ok().map(Value::Bool)
}

/// Whether a value has the type that the schema expects, whatever else is wrong with it.
fn is_meant(schemas: &Schemas, schema: &Value, value: &Value) -> bool {
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        _ => "null",
    };
    let is = |one: &Value| one == kind || (kind == "number" && one == "integer");
    let mut is_meant = false;
    shape::each(schemas.root(), schema, &mut |part| {
        is_meant |= part.get("type").is_some_and(|types| {
            is(types) || types.as_array().is_some_and(|many| many.iter().any(is))
        });
    });
    is_meant
}
