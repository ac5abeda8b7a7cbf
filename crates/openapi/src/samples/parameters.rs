//! Writes values of parameters in OpenAPI's styles.

use serde_json::Value;

use super::request::percent_encoding_of;
use super::values::Values;
use crate::spec::{Operation, Parameter, Place};

/// Characters that never need encoding (RFC 3986).
pub fn encoded(text: &str) -> String {
    percent_encoding_of(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Fills in the template. A fragment, with which some documents distinguish operations of one path,
/// is never sent.
pub fn path(values: &Values, operation: &Operation) -> String {
    let template = operation.path.split('#').next().unwrap_or_default();
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(&literal(before));
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| parameter.place == Place::Path && parameter.name == name);
        let value = parameter
            .map(|parameter| of_path(parameter, &values.of_parameter(parameter), encoded))
            .unwrap_or_default();
        // An empty segment changes the path, and clients treat `.` and `..` as steps.
        let is_lost = value.chars().all(|character| matches!(character, '.' | ';' | ','));
        filled.push_str(if is_lost { encoded(name) } else { value }.as_str());
        rest = after;
    }
    filled + &literal(rest)
}

fn literal(text: &str) -> String {
    percent_encoding_of(text, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/%?".contains(&byte)
    })
}

fn of_path(parameter: &Parameter, value: &Value, encode: fn(&str) -> String) -> String {
    let prefixed = |prefix: &str, separator: &str| match value {
        Value::Array(items) if parameter.explode => {
            items.iter().map(|item| format!("{prefix}{}", encode(&plain(item)))).collect()
        }
        Value::Object(fields) if parameter.explode => fields
            .iter()
            .map(|(name, field)| format!("{separator}{}={}", encode(name), encode(&plain(field))))
            .collect(),
        _ => format!("{prefix}{}", simple(parameter, value, encode)),
    };
    match parameter.style.as_str() {
        "label" => prefixed(".", "."),
        "matrix" => prefixed(&format!(";{}=", encode(&parameter.name)), ";"),
        _ => simple(parameter, value, encode),
    }
}

/// A value in its style, before it is encoded.
pub fn styled(parameter: &Parameter, value: &Value) -> String {
    if parameter.place == Place::Path {
        return of_path(parameter, value, str::to_owned);
    }
    let separator = match parameter.style.as_str() {
        "spaceDelimited" => " ",
        "pipeDelimited" => "|",
        _ => ",",
    };
    simple(parameter, value, str::to_owned).replace(',', separator)
}

/// `a,b` and `name,value`; `name=value` if `explode` is set.
pub fn simple(parameter: &Parameter, value: &Value, encode: impl Fn(&str) -> String) -> String {
    match value {
        _ if parameter.content_type.is_some() => encode(&value.to_string()),
        Value::Array(items) => {
            items.iter().map(|item| encode(&plain(item))).collect::<Vec<_>>().join(",")
        }
        Value::Object(fields) => {
            let between = if parameter.explode { "=" } else { "," };
            let fields = fields
                .iter()
                .map(|(name, field)| format!("{}{between}{}", encode(name), encode(&plain(field))));
            fields.collect::<Vec<_>>().join(",")
        }
        other => encode(&plain(other)),
    }
}

/// Pairs `name=value`, encoded.
pub fn query(parameter: &Parameter, value: &Value) -> Vec<String> {
    let name = encoded(&parameter.name);
    let pair = |value: &str| format!("{name}={}", encoded(value));
    if parameter.content_type.is_some() {
        return vec![pair(&value.to_string())];
    }
    match value {
        Value::Array(items) if parameter.explode && parameter.style != "deepObject" => {
            items.iter().map(|item| pair(&plain(item))).collect()
        }
        Value::Object(fields) if parameter.style == "deepObject" => {
            let field = |(field, value): (&String, &Value)| {
                format!(
                    "{}={}",
                    encoded(&format!("{}[{field}]", parameter.name)),
                    encoded(&plain(value))
                )
            };
            fields.iter().map(field).collect()
        }
        Value::Object(fields) if parameter.explode => fields
            .iter()
            .map(|(name, field)| format!("{}={}", encoded(name), encoded(&plain(field))))
            .collect(),
        Value::Array(_) | Value::Object(_) => {
            let separator = match parameter.style.as_str() {
                "spaceDelimited" => "%20",
                "pipeDelimited" => "%7C",
                _ => ",",
            };
            vec![format!("{name}={}", simple(parameter, value, encoded).replace(',', separator))]
        }
        other => vec![pair(&plain(other))],
    }
}

/// A value without the quotes of JSON. Nested values are written as JSON.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
