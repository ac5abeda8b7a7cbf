//! Adapts schemas for requests: `readOnly` fields are not required.

use serde_json::Value;

use crate::spec::{all_schemas_in, resolve, schemas_in};

/// Maximum number of parts of one schema for the same value, including parts of parts.
const MAX_PARTS: usize = 256;

/// The document as it applies to requests. `None` if it is the same, because a copy of a large
/// document takes as much memory again.
pub fn as_requests_see(root: &Value) -> Option<Value> {
    let mut relaxed = Vec::new();
    all_schemas_in(root, &mut |schema, pointer| relax(root, schema, pointer, &mut relaxed));
    (!relaxed.is_empty()).then(|| applied(root.clone(), relaxed))
}

/// The same for a schema that refers to a document that was already adapted.
pub fn without_read_only(root: &Value, schema: &Value) -> Value {
    let mut relaxed = Vec::new();
    schemas_in(schema, &mut |schema, pointer| relax(root, schema, pointer, &mut relaxed));
    applied(schema.clone(), relaxed)
}

/// A pointer to a schema, and the names that it does not require.
type Relaxed = (String, Vec<String>);

fn applied(mut value: Value, relaxed: Vec<Relaxed>) -> Value {
    for (pointer, names) in relaxed {
        if let Some(Value::Array(required)) = value.pointer_mut(&format!("{pointer}/required")) {
            required.retain(|name| {
                !name.as_str().is_some_and(|name| names.iter().any(|other| other == name))
            });
        }
    }
    value
}

/// Fields that `schema` or its `allOf` declare as `readOnly` are not required by it, nor by the
/// schemas in it for the same value.
fn relax(root: &Value, schema: &Value, pointer: &str, relaxed: &mut Vec<Relaxed>) {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = std::iter::once(schema)
        .chain(parts)
        .filter_map(|part| resolve(root, part)?.get("properties")?.as_object())
        .flatten()
        .filter(|(_, property)| {
            declares_read_only(property) || resolve(root, property).is_some_and(declares_read_only)
        })
        .map(|(name, _)| name.clone())
        .collect();
    if !names.is_empty() {
        let mut left = MAX_PARTS;
        same_value(schema, pointer, &mut left, &mut |part, pointer| {
            if part.get("required").is_some_and(Value::is_array) {
                relaxed.push((pointer.to_owned(), names.clone()));
            }
        });
    }
}

fn same_value(
    schema: &Value,
    pointer: &str,
    left: &mut usize,
    visit: &mut impl FnMut(&Value, &str),
) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    visit(schema, pointer);
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in
            schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            same_value(part, &format!("{pointer}/{keyword}/{index}"), left, visit);
        }
    }
}

fn declares_read_only(schema: &Value) -> bool {
    schema.get("readOnly").and_then(Value::as_bool).unwrap_or(false)
}
