//! One parameter: found at its place, parsed by its style, checked against its schema.

use std::collections::HashSet;

use http::header;
use serde_json::Value;

use super::{Checked, Found, faults, styles, values};
use crate::json::{self, Bounds, Kind};
use crate::schemas::Schemas;
use crate::spec::{Parameter, Place};

/// Maximum number of pairs that are read from one query.
const MAX_PAIRS: usize = 1_000;

pub fn check(schemas: &Schemas, parameter: &Parameter, call: &Checked, found: &mut Found) {
    let (place, value) = match parameter.place {
        Place::Path => ("path", in_path(schemas, parameter, call)),
        Place::Query => ("query", in_query(schemas, parameter, call.query.unwrap_or_default())),
        // OpenAPI: "the parameter definition SHALL be ignored".
        Place::Header if is_described_elsewhere(&parameter.name) => return,
        Place::Header => ("header", in_header(schemas, parameter, call)),
        // The gateway removes all cookies, so they cannot be required.
        Place::Cookie => return,
    };
    let location = format!("{place}.{}", parameter.name);
    match value {
        Some(Ok(Given::Value(value))) => {
            faults::check(schemas, &parameter.schema, &value, &location, found)
        }
        Some(Ok(Given::Nothing)) => {}
        Some(Err((code, message))) => found.push(location, code, message),
        None if parameter.required => {
            found.push(location, "missing", "This parameter is required.")
        }
        None => {}
    }
}

enum Given {
    Value(Value),
    /// A name without a value, if the document allows it (`allowEmptyValue`).
    Nothing,
}

/// `None` if it is absent, otherwise its value, or the code and text of an error.
type Read = Option<Result<Given, (&'static str, &'static str)>>;

const REPEATED: (&str, &str) =
    ("repeated", "This parameter takes one value but is given more than once. Send it once.");

fn value(value: Value) -> Result<Given, (&'static str, &'static str)> {
    Ok(Given::Value(value))
}

fn is_described_elsewhere(name: &str) -> bool {
    [header::ACCEPT, header::CONTENT_TYPE, header::AUTHORIZATION]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known.as_str()))
}

fn in_path(schemas: &Schemas, parameter: &Parameter, call: &Checked) -> Read {
    let (_, text) = call.path_params.iter().find(|(name, _)| *name == parameter.name)?;
    Some(as_content(parameter, text).unwrap_or_else(|| value(segment(schemas, parameter, text))))
}

fn in_header(schemas: &Schemas, parameter: &Parameter, call: &Checked) -> Read {
    let values: Vec<&str> = call
        .headers
        .get_all(&*parameter.name.to_ascii_lowercase())
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    if values.is_empty() {
        return None;
    }
    let kinds = values::kinds_of(schemas.root(), &parameter.schema);
    if values.len() > 1 && (parameter.content_type.is_some() || (!kinds.array && !kinds.object)) {
        return Some(Err(REPEATED));
    }
    // Lines with the same name form one list (RFC 9110, 5.3).
    let text = values.join(",");
    Some(as_content(parameter, &text).unwrap_or_else(|| value(segment(schemas, parameter, &text))))
}

fn segment(schemas: &Schemas, parameter: &Parameter, text: &str) -> Value {
    styles::segment(
        schemas,
        &parameter.schema,
        &parameter.name,
        &parameter.style,
        parameter.explode,
        text,
    )
}

fn in_query(schemas: &Schemas, parameter: &Parameter, query: &str) -> Read {
    let raw: Vec<(String, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(MAX_PAIRS)
        .map(|pair| {
            pair.split_once('=')
                .map_or_else(|| (decoded(pair), ""), |(name, text)| (decoded(name), text))
        })
        .collect();
    let kinds = values::kinds_of(schemas.root(), &parameter.schema);
    let schema = &parameter.schema;
    if parameter.style == "deepObject" {
        let pairs: Vec<(String, String)> =
            raw.iter().map(|(name, text)| (name.clone(), decoded(text))).collect();
        return styles::deep_object(schemas, schema, &parameter.name, &pairs)
            .map(|read| read.ok_or(REPEATED).and_then(value));
    }
    let own: Vec<&str> =
        raw.iter().filter(|(name, _)| *name == parameter.name).map(|(_, text)| *text).collect();
    if kinds.object && !kinds.array && parameter.explode && parameter.content_type.is_none() {
        return exploded(schemas, parameter, &raw);
    }
    let first = *own.first()?;
    if parameter.allows_empty && own.iter().all(|text| text.is_empty()) {
        return Some(Ok(Given::Nothing));
    }
    if own.len() > 1 && (parameter.content_type.is_some() || !kinds.array) {
        return Some(Err(REPEATED));
    }
    if let Some(content) = as_content(parameter, &decoded(first)) {
        return Some(content);
    }
    if !kinds.array && !kinds.object {
        return Some(value(values::read(schemas, schema, &decoded(first))));
    }
    if kinds.array && parameter.explode {
        return Some(value(values::array(schemas, schema, own.iter().map(|text| decoded(text)))));
    }
    // If it is repeated, the lists are joined, so that none is left unchecked.
    let parts = own
        .iter()
        .flat_map(|text| split(text, &parameter.style))
        .map(|part| decoded(&part))
        .collect();
    Some(value(styles::delimited(schemas, schema, kinds, parts, false)))
}

/// Each property is a separate parameter.
fn exploded(schemas: &Schemas, parameter: &Parameter, raw: &[(String, &str)]) -> Read {
    let names: HashSet<String> =
        values::names_of(schemas.root(), &parameter.schema).into_iter().collect();
    let fields: Vec<(String, String)> = raw
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(name, text)| (name.clone(), decoded(text)))
        .collect();
    let mut seen = HashSet::new();
    if !fields.iter().all(|(name, _)| seen.insert(name)) {
        return Some(Err(REPEATED));
    }
    (!fields.is_empty())
        .then(|| value(values::object(schemas, &parameter.schema, fields.into_iter())))
}

/// Before decoding, because a comma in a value is written as `%2C`.
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

/// A value that is written in a media type. `None` if the parameter has a style instead.
fn as_content(
    parameter: &Parameter,
    text: &str,
) -> Option<Result<Given, (&'static str, &'static str)>> {
    let content_type = parameter.content_type.as_deref()?;
    if !content_type.contains("json") {
        return Some(value(Value::String(text.to_owned())));
    }
    Some(match json::read(text.as_bytes(), Bounds::OF_PARSER) {
        Ok(read) => value(read),
        Err(json::Fault { kind: Kind::Doubled(_), .. }) => {
            Err(("duplicate_field", super::body::DOUBLED))
        }
        Err(json::Fault { kind: Kind::TooDeep, .. }) => {
            Err(("too_deep", "This JSON is nested too deeply."))
        }
        Err(_) => Err(("invalid_format", "This must be JSON.")),
    })
}

/// Percent-decoded, with `+` as a space.
fn decoded(text: &str) -> String {
    // For the parser of forms, a text without `=` and `&` is one name.
    let safe = text.replace('=', "%3D").replace('&', "%26");
    url::form_urlencoded::parse(safe.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
