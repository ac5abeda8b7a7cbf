//! Finds the branch of a choice that a value is meant for, from the constraints that branches set:
//! types and constants.

use serde_json::{Map, Value};

use super::node::Pins;
use super::types::Types;
use crate::spec::{pointer_of, resolve};

/// How deep references and `allOf` are followed to find the constraints of a branch.
const MAX_DEPTH: usize = 8;
/// Maximum number of properties that are considered for one branch.
const MAX_PROPERTIES: usize = 64;
/// A property with more values does not distinguish branches well.
const MAX_VALUES: usize = 16;

/// The certain constraints of `schema`.
pub fn pins(root: &Value, schema: &Value) -> Pins {
    let mut pins = Pins::default();
    collect(root, schema, &mut pins, 0);
    pins
}

fn collect(root: &Value, schema: &Value, pins: &mut Pins, depth: usize) {
    let Value::Object(keywords) = schema else { return };
    if depth > MAX_DEPTH {
        return;
    }
    let types = keywords.get("type").and_then(Types::read).or_else(|| {
        let values = fixed(keywords)?;
        Some(values.iter().map(Types::of).fold(Types::default(), Types::or))
    });
    if let Some(types) = types {
        pins.types = Some(pins.types.map_or(types, |known| known.and(types)));
    }
    for (name, property) in keywords
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .take(MAX_PROPERTIES)
    {
        let values = resolve(root, property).and_then(Value::as_object).and_then(fixed);
        if let Some(values) = values.filter(|_| pins.fixed.len() < MAX_PROPERTIES) {
            pins.fixed.push((name.clone(), values));
        }
    }
    if let Some(target) = keywords
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(pointer_of)
        .and_then(|pointer| root.pointer(&pointer))
    {
        collect(root, target, pins, depth + 1);
    }
    for part in
        keywords.get("allOf").and_then(Value::as_array).into_iter().flatten().take(MAX_VALUES)
    {
        collect(root, part, pins, depth + 1);
    }
}

/// The allowed values, if they are few and none is a list or an object.
fn fixed(keywords: &Map<String, Value>) -> Option<Vec<Value>> {
    let is_simple = |value: &Value| !value.is_array() && !value.is_object();
    if let Some(value) = keywords.get("const").filter(|value| is_simple(value)) {
        return Some(vec![value.clone()]);
    }
    let values = keywords.get("enum")?.as_array()?;
    (values.len() <= MAX_VALUES && values.iter().all(is_simple)).then(|| values.clone())
}
