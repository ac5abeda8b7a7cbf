//! One parameter: found at its place, read by its style, checked against its schema.

use http::header;
use serde_json::{Map, Value};

use super::{Checked, Found, faults};
use crate::spec::{Parameter, Place};
use crate::wire::{Fault, Given, Pairs, Reader, Writing, in_query, kinds_of, segment};

pub fn check(
    reader: &Reader,
    parameter: &Parameter,
    call: &Checked,
    query: &Pairs,
    found: &mut Found,
) {
    let writing = Writing::of(parameter);
    let (place, given) = match parameter.place {
        Place::Path => ("path", in_path(reader, &writing, call)),
        Place::Query => ("query", in_query(reader, &writing, parameter.allows_empty, query)),
        // OpenAPI: "the parameter definition SHALL be ignored".
        Place::Header if is_described_elsewhere(&parameter.name) => return,
        Place::Header => ("header", in_header(reader, &writing, call)),
        // The gateway removes all cookies, so they cannot be required.
        Place::Cookie => return,
    };
    let location = format!("{place}.{}", parameter.name);
    match given {
        Ok(Some(Given::Value(value))) => {
            faults::check(reader.schemas, &parameter.schema, &value, &location, found);
        }
        Ok(None) if parameter.required && has_no_own_name(reader, &writing) => {
            let empty = Value::Object(Map::new());
            faults::check(reader.schemas, &parameter.schema, &empty, &location, found);
        }
        Ok(None) if parameter.required => {
            found.push(location, "missing", "This parameter is required.");
        }
        Ok(Some(Given::Nothing) | None) => {}
        Err(fault) => {
            // A field of a parameter is not described as one.
            let Fault { code, message, .. } = match fault.code {
                "repeated" => Fault::REPEATED,
                _ => fault,
            };
            found.push(location, code, message);
        }
    }
}

/// `None` if it is absent, otherwise its value.
type Read = Result<Option<Given>, Fault>;

fn is_described_elsewhere(name: &str) -> bool {
    [header::ACCEPT, header::CONTENT_TYPE, header::AUTHORIZATION]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known.as_str()))
}

/// Whether the value is an object whose fields are separate parameters, so that an empty object is
/// not there at all.
fn has_no_own_name(reader: &Reader, writing: &Writing) -> bool {
    let kinds = kinds_of(reader.root(), writing.schema);
    writing.place == Place::Query
        && writing.content_type.is_none()
        && writing.explode
        && !writing.is_nested()
        && kinds.object
        && !kinds.single
        && !kinds.array
}

fn in_path(reader: &Reader, writing: &Writing, call: &Checked) -> Read {
    match call.path_params.iter().find(|(name, _)| name == writing.name) {
        Some((_, text)) => segment(reader, writing, text).map(|value| Some(Given::Value(value))),
        None => Ok(None),
    }
}

fn in_header(reader: &Reader, writing: &Writing, call: &Checked) -> Read {
    let values: Vec<_> = call
        .headers
        .get_all(&*writing.name.to_ascii_lowercase())
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    if values.is_empty() {
        return Ok(None);
    }
    let kinds = kinds_of(reader.root(), writing.schema);
    if values.len() > 1 && (writing.content_type.is_some() || kinds.is_single()) {
        return Err(Fault::REPEATED);
    }
    // Lines with the same name form one list (RFC 9110, 5.3).
    segment(reader, writing, &values.join(",")).map(|value| Some(Given::Value(value)))
}
