//! Places in a document that schemas refer to.

use serde_json::Value;

use crate::spec::{Spec, is_annotation, join, pointer_of};

/// Maximum number of aliases in a row.
const MAX_HOPS: usize = 64;

pub const COMPONENTS: &str = "/components/schemas";

/// The schemas of the components, with their names and pointers.
pub fn components(spec: &Spec) -> impl Iterator<Item = (&str, String, &Value)> {
    let schemas = spec.root.pointer(COMPONENTS).and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), join(COMPONENTS, name), schema))
}

/// The pointer of a schema's reference, if its target exists.
pub fn reference(spec: &Spec, schema: &Value) -> Option<String> {
    let pointer = pointer_of(schema.get("$ref")?.as_str()?)?;
    spec.root.pointer(&pointer).is_some().then_some(pointer)
}

/// The last schema in a row of schemas that are only names for another one.
pub fn unaliased(spec: &Spec, mut pointer: String) -> String {
    for _ in 0..MAX_HOPS {
        let Some(next) = spec.root.pointer(&pointer).and_then(|schema| alias(spec, schema)) else {
            break;
        };
        pointer = next;
    }
    pointer
}

/// The target of a schema that is only a `$ref`.
fn alias(spec: &Spec, schema: &Value) -> Option<String> {
    let is_alone = schema.as_object()?.keys().all(|key| key == "$ref" || is_annotation(key));
    is_alone.then(|| reference(spec, schema))?
}

/// The texts in a list.
pub fn texts<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The schemas in a list.
pub fn schemas<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The values of `type`; if there is none, what the other keywords imply.
pub fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some_and(Value::is_object)
            || schema.get("additionalProperties").is_some_and(Value::is_object) =>
        {
            vec!["object"]
        }
        _ if schema.get("items").is_some() || schema.get("prefixItems").is_some() => {
            vec!["array"]
        }
        _ => Vec::new(),
    }
}

/// The lists of `oneOf` and `anyOf`, apart from those that only require other fields.
pub fn choices(schema: &Value) -> impl Iterator<Item = &Vec<Value>> {
    let lists = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    lists.filter(|branches| branches.iter().any(says_something))
}

/// Whether a schema describes more than conditions on an object.
fn says_something(schema: &Value) -> bool {
    const KEYWORDS: [&str; 9] = [
        "$ref",
        "allOf",
        "oneOf",
        "anyOf",
        "properties",
        "additionalProperties",
        "enum",
        "const",
        "items",
    ];
    KEYWORDS.iter().any(|key| schema.get(key).is_some_and(|value| !value.is_boolean()))
        || schema.get("type").is_some_and(|kind| kind != "object")
}
