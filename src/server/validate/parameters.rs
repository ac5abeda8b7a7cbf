//! One parameter: found at its place, read by its style, checked by its schema.

use axum::http::header;
use serde_json::Value;

use super::faults::faults;
use super::{Checked, styles, values};
use crate::server::schemas::Schemas;
use crate::server::spec::{Parameter, Place};
use crate::types::error::FieldError;

/// Pairs read of one query.
const MAX_PAIRS: usize = 1_000;

pub fn check(schemas: &Schemas, parameter: &Parameter, call: &Checked, found: &mut Vec<FieldError>) {
    let (place, value) = match parameter.place {
        Place::Path => ("path", in_path(schemas, parameter, call)),
        Place::Query => ("query", in_query(schemas, parameter, call.query.unwrap_or_default())),
        // OpenAPI: "the parameter definition SHALL be ignored".
        Place::Header if is_described_elsewhere(&parameter.name) => return,
        Place::Header => ("header", in_header(schemas, parameter, call)),
        // The gateway takes all cookies away: nothing can be demanded of them.
        Place::Cookie => return,
    };
    let location = format!("{place}.{}", parameter.name);
    match value {
        Some(Ok(value)) => {
            if let Some(validator) = schemas.validator(&parameter.schema) {
                faults(&validator, &value, &location, found);
            }
        }
        Some(Err(message)) => found.push(FieldError::new(location, "invalid_format", message)),
        None if parameter.required => found.push(FieldError::new(location, "missing", "This parameter is required.")),
        None => {}
    }
}

type Read = Option<Result<Value, &'static str>>;

fn is_described_elsewhere(name: &str) -> bool {
    [header::ACCEPT, header::CONTENT_TYPE, header::AUTHORIZATION].iter().any(|known| name.eq_ignore_ascii_case(known.as_str()))
}

fn in_path(schemas: &Schemas, parameter: &Parameter, call: &Checked) -> Read {
    let (_, text) = call.path_params.iter().find(|(name, _)| *name == parameter.name)?;
    Some(as_content(parameter, text).unwrap_or_else(|| Ok(segment(schemas, parameter, text))))
}

fn in_header(schemas: &Schemas, parameter: &Parameter, call: &Checked) -> Read {
    let values: Vec<&str> =
        call.headers.get_all(&*parameter.name.to_ascii_lowercase()).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() {
        return None;
    }
    let text = values.join(",");
    Some(as_content(parameter, &text).unwrap_or_else(|| Ok(segment(schemas, parameter, &text))))
}

fn segment(schemas: &Schemas, parameter: &Parameter, text: &str) -> Value {
    styles::segment(schemas, &parameter.schema, &parameter.name, &parameter.style, parameter.explode, text)
}

fn in_query(schemas: &Schemas, parameter: &Parameter, query: &str) -> Read {
    let raw: Vec<(String, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(MAX_PAIRS)
        .map(|pair| pair.split_once('=').map_or_else(|| (decoded(pair), ""), |(name, text)| (decoded(name), text)))
        .collect();
    let kinds = values::kinds_of(schemas.root(), &parameter.schema);
    let schema = &parameter.schema;
    if parameter.style == "deepObject" {
        let pairs: Vec<(String, String)> = raw.iter().map(|(name, text)| (name.clone(), decoded(text))).collect();
        return styles::deep_object(schemas, schema, &parameter.name, &pairs).map(Ok);
    }
    let own: Vec<&str> = raw.iter().filter(|(name, _)| *name == parameter.name).map(|(_, text)| *text).collect();
    if kinds.object && !kinds.array && parameter.explode && parameter.content_type.is_none() {
        return exploded(schemas, parameter, &raw).map(Ok);
    }
    let first = *own.first()?;
    if let Some(content) = as_content(parameter, &decoded(first)) {
        return Some(content);
    }
    if !kinds.array && !kinds.object {
        return Some(Ok(values::read(schemas, schema, &decoded(first))));
    }
    if kinds.array && parameter.explode {
        return Some(Ok(values::array(schemas, schema, own.iter().map(|text| decoded(text)))));
    }
    let parts = split(first, &parameter.style).iter().map(|part| decoded(part)).collect();
    Some(Ok(styles::delimited(schemas, schema, kinds, parts, false)))
}

/// Each property is a parameter of its own.
fn exploded(schemas: &Schemas, parameter: &Parameter, raw: &[(String, &str)]) -> Option<Value> {
    let names = values::names_of(schemas.root(), &parameter.schema);
    let fields: Vec<(String, String)> =
        raw.iter().filter(|(name, _)| names.contains(name)).map(|(name, text)| (name.clone(), decoded(text))).collect();
    (!fields.is_empty()).then(|| values::object(schemas, &parameter.schema, fields.into_iter()))
}

/// Before decoding: a comma within a value is written `%2C`.
fn split(text: &str, style: &str) -> Vec<String> {
    let text = match style {
        "spaceDelimited" => text.replace("%20", "+"),
        "pipeDelimited" => text.replace("%7C", "|").replace("%7c", "|"),
        _ => text.to_owned(),
    };
    let delimiter = match style {
        "spaceDelimited" => '+',
        "pipeDelimited" => '|',
        _ => ',',
    };
    text.split(delimiter).map(str::to_owned).collect()
}

/// A value written in a media type; none where the parameter has a style instead.
fn as_content(parameter: &Parameter, text: &str) -> Option<Result<Value, &'static str>> {
    let content_type = parameter.content_type.as_deref()?;
    let is_json = content_type.contains("json");
    Some(if is_json { serde_json::from_str(text).map_err(|_| "This must be JSON.") } else { Ok(Value::String(text.to_owned())) })
}

/// Percent-encoding undone, `+` as a space.
fn decoded(text: &str) -> String {
    // A text without `=` and `&` is one name to the parser of forms.
    let safe = text.replace('=', "%3D").replace('&', "%26");
    url::form_urlencoded::parse(safe.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
