//! What a request need not have: fields that are `readOnly` are not required of it.

use serde_json::{Map, Value};

use crate::server::spec::resolve;

/// How deep a document may be nested before it is taken as it is.
const MAX_DEPTH: usize = 128;

pub fn as_requests_see(root: &Value) -> Value {
    relax(root, root, &[], 0)
}

/// The same for a schema that refers into a document which was changed already.
pub fn without_read_only(root: &Value, schema: &Value) -> Value {
    relax(root, schema, &[], 0)
}

/// `outer` are the schemas that say something about the same value.
fn relax(root: &Value, value: &Value, outer: &[&Value], depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    match value {
        Value::Object(map) => {
            let mut about = outer.to_vec();
            about.push(value);
            about.extend(map.get("allOf").and_then(Value::as_array).into_iter().flatten());
            Value::Object(map.iter().map(|(key, field)| (key.clone(), relax_field(root, map, key, field, &about, depth))).collect())
        }
        Value::Array(items) => items.iter().map(|item| relax(root, item, &[], depth + 1)).collect(),
        other => other.clone(),
    }
}

fn relax_field(root: &Value, map: &Map<String, Value>, key: &str, field: &Value, about: &[&Value], depth: usize) -> Value {
    match (key, field) {
        ("required", Value::Array(names)) => names.iter().filter(|name| !is_read_only(root, about, name)).cloned().collect(),
        ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter().map(|part| relax(root, part, about, depth + 1)).collect(),
        ("enum" | "const" | "default" | "example" | "examples", _) if map.contains_key("type") => field.clone(),
        _ => relax(root, field, &[], depth + 1),
    }
}

fn is_read_only(root: &Value, about: &[&Value], name: &Value) -> bool {
    let Some(name) = name.as_str() else { return false };
    about
        .iter()
        .filter_map(|schema| resolve(root, schema))
        .filter_map(|schema| schema.get("properties")?.get(name))
        .any(|property| says_read_only(property) || resolve(root, property).is_some_and(says_read_only))
}

fn says_read_only(schema: &Value) -> bool {
    schema.get("readOnly").and_then(Value::as_bool).unwrap_or(false)
}
