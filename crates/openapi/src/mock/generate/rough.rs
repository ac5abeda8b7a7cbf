//! The value that comes closest to a schema for which no valid value was found.

use serde_json::{Map, Value};

use super::{MAX_BYTES, Run, Spot, examples_of};
use crate::spec::pointer_of;

/// Maximum nesting of such a value.
const MAX_DEPTH: usize = 6;
/// Maximum number of schemas for one value.
const MAX_PARTS: usize = 64;
/// Maximum number of fields of one object.
const MAX_FIELDS: usize = 100;

/// A value with the type and the fields of the schema. It may violate other conditions, and it is
/// only null if no other type is named.
pub fn rough(run: &Run, schema: &Value, spot: &Spot) -> Value {
    let value = shaped(run, schema, spot);
    if value.to_string().len() > MAX_BYTES { Value::Object(Map::new()) } else { value }
}

fn shaped(run: &Run, schema: &Value, spot: &Spot) -> Value {
    let parts = parts(run.schemas.root(), schema);
    if let Some(value) = given(&parts) {
        return value.clone();
    }
    let kinds = parts.iter().filter_map(|part| part.get("type"));
    let mut kinds =
        kinds.flat_map(|kind| kind.as_array().map_or(std::slice::from_ref(kind), Vec::as_slice));
    let kind = kinds.clone().find(|kind| *kind != "null").or_else(|| kinds.next());
    match kind.and_then(Value::as_str) {
        Some("null") => Value::Null,
        Some("boolean") => Value::Bool(true),
        Some("integer" | "number") => Value::from(1),
        Some("string") => Value::from("string"),
        Some("array") => {
            let item = parts.iter().find_map(|part| part.get("items"));
            let item = item.filter(|_| spot.depth < MAX_DEPTH);
            item.map(|item| field(run, item, &spot.item(0, 0))).into_iter().collect()
        }
        _ => Value::Object(fields(run, &parts, spot)),
    }
}

/// The first value that the schema itself names.
fn given<'a>(parts: &[&'a Value]) -> Option<&'a Value> {
    let named = |part: &&'a Value| {
        let first = part.get("enum").and_then(|values| values.as_array()?.first());
        part.get("const").or(first)
    };
    let shown = |part: &&'a Value| part.as_object().and_then(|part| examples_of(part).next());
    let mut all = parts.iter().filter_map(named).chain(parts.iter().filter_map(shown));
    all.find(|value| !value.is_null())
}

fn fields(run: &Run, parts: &[&Value], spot: &Spot) -> Map<String, Value> {
    let mut fields = Map::new();
    if spot.depth >= MAX_DEPTH {
        return fields;
    }
    let properties = parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten();
    let (root, direction) = (run.schemas.root(), run.schemas.direction());
    for (name, schema) in properties {
        let is_new = fields.len() < MAX_FIELDS && !fields.contains_key(name);
        if is_new && !direction.hides(root, schema) && !is_circle(schema, spot) {
            fields.insert(name.clone(), field(run, schema, &spot.field(name)));
        }
    }
    fields
}

/// A valid value, or else the closest one.
fn field(run: &Run, schema: &Value, spot: &Spot) -> Value {
    let mut inner = spot.clone();
    inner.refs.extend(schema.get("$ref").and_then(Value::as_str).map(str::to_owned));
    run.value(schema, spot).unwrap_or_else(|| shaped(run, schema, &inner))
}

fn is_circle(schema: &Value, spot: &Spot) -> bool {
    let reference = schema.get("$ref").and_then(Value::as_str);
    reference.is_some_and(|reference| spot.refs.iter().any(|known| known == reference))
}

/// The schema, its references, its `allOf`, and the first branch of each choice.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut parts: Vec<&Value> = vec![schema];
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        next += 1;
        let target = part
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(pointer_of)
            .and_then(|pointer| root.pointer(&pointer));
        let list = |key: &str| part.get(key).and_then(Value::as_array).into_iter().flatten();
        let first = list("oneOf").take(1).chain(list("anyOf").take(1));
        for more in target.into_iter().chain(list("allOf")).chain(first) {
            if parts.len() < MAX_PARTS && !parts.iter().any(|known| std::ptr::eq(*known, more)) {
                parts.push(more);
            }
        }
    }
    parts
}
