//! The conditions on each kind of object, independent of its location.

use serde_json::{Map, Value};

use super::Faults;
use crate::spec::walk::{Kind, Shape, join};

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

pub fn check(kind: Kind, value: &Value, pointer: &str, faults: &mut Faults) {
    let fields = match value {
        Value::Object(fields) => fields,
        // A key without a value is treated as absent.
        Value::Bool(_) | Value::Null if kind == Kind::Schema => return,
        _ if kind == Kind::Schema => {
            return faults.add(pointer, "a schema must be an object, `true` or `false`");
        }
        _ => return faults.add(pointer, format!("a {} must be an object", kind.name())),
    };
    shapes(kind, fields, pointer, faults);
    if fields.contains_key("$ref") && kind.can_be_reference() {
        return;
    }
    match kind {
        Kind::Schema => types(fields, pointer, faults),
        Kind::Parameter => parameter(fields, pointer, faults),
        Kind::Operation => statuses(fields, pointer, faults),
        _ => {}
    }
}

fn shapes(kind: Kind, fields: &Map<String, Value>, pointer: &str, faults: &mut Faults) {
    if kind == Kind::Callback {
        return;
    }
    for (key, value) in fields {
        let wanted = match kind.field(key) {
            Some((Shape::List, _)) if !value.is_array() => "a list",
            Some((Shape::Map | Shape::Named, _)) if !value.is_object() => "an object",
            _ => continue,
        };
        // A key without a value is treated as absent.
        if !value.is_null() {
            faults.add(join(pointer, key), format!("`{key}` must be {wanted}"));
        }
    }
}

fn types(fields: &Map<String, Value>, pointer: &str, faults: &mut Faults) {
    let Some(written) = fields.get("type") else { return };
    let is_known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    let unknown = match written {
        Value::Array(types) => types.iter().find(|value| !is_known(value)),
        Value::Null => None,
        one => Some(one).filter(|value| !is_known(value)),
    };
    if let Some(unknown) = unknown {
        let shown: String = unknown.to_string().chars().take(80).collect();
        faults.add(
            join(pointer, "type"),
            format!("{shown} is not a type; the types are {}", TYPES.join(", ")),
        );
    }
}

fn parameter(fields: &Map<String, Value>, pointer: &str, faults: &mut Faults) {
    if fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        faults.add(pointer, "the parameter has no `name`");
    }
    match fields.get("in") {
        Some(Value::String(place))
            if matches!(place.as_str(), "path" | "query" | "querystring" | "header" | "cookie") => {
        }
        Some(Value::String(place)) if matches!(place.as_str(), "body" | "formData") => {
            faults.add(
                join(pointer, "in"),
                format!("`in: {place}` belongs to Swagger 2.0; use `requestBody`"),
            );
        }
        Some(_) => faults.add(join(pointer, "in"), "`in` must be path, query, header or cookie"),
        None => faults.add(pointer, "the parameter has no `in`: path, query, header or cookie"),
    }
}

fn statuses(operation: &Map<String, Value>, pointer: &str, faults: &mut Faults) {
    let Some(Value::Object(responses)) = operation.get("responses") else { return };
    for status in responses.keys().filter(|status| !status.starts_with("x-") && !is_status(status))
    {
        let shown: String = status.chars().take(40).collect();
        let message = format!(
            "`{shown}` is not a status; write a status such as 200, a class such as 4XX, or `default`"
        );
        faults.add(join(&join(pointer, "responses"), status), message);
    }
}

fn is_status(status: &str) -> bool {
    match status.as_bytes() {
        [b'1'..=b'5', b'X' | b'x', b'X' | b'x'] => true,
        [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => status == "default",
    }
}
