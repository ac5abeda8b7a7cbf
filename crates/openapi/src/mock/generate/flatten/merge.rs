//! Merges two schemas of one value.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::mock::generate::Flat;

/// A schema for values that are valid against both. `None` if there are none.
pub fn merge(mut one: Flat, other: Flat) -> Option<Flat> {
    if one.is_empty() {
        return Some(other);
    }
    close_properties(&mut one, &other);
    let mut other = other;
    close_properties(&mut other, &one);
    for (key, theirs) in other {
        let merged = match one.get(&key) {
            Some(ours) if *ours != theirs => both(&key, ours, &theirs)?,
            _ => theirs,
        };
        one.insert(key, merged);
    }
    Some(one)
}

/// `additionalProperties` also applies to the fields that only the other schema names.
fn close_properties(open: &mut Flat, closed: &Flat) {
    let Some(additional) =
        closed.get("additionalProperties").filter(|additional| **additional != Value::Bool(true))
    else {
        return;
    };
    if closed.contains_key("patternProperties") {
        return;
    }
    let named = closed.get("properties").and_then(Value::as_object);
    let Some(properties) = open.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, schema) in properties.iter_mut() {
        if !named.is_some_and(|named| named.contains_key(name)) {
            *schema = all_of(schema, additional);
        }
    }
}

fn both(key: &str, ours: &Value, theirs: &Value) -> Option<Value> {
    match key {
        "type" => types(ours, theirs),
        "enum" => {
            let theirs: HashSet<&Value> = list(theirs).iter().collect();
            Some(Value::Array(
                list(ours).iter().filter(|value| theirs.contains(value)).cloned().collect(),
            ))
        }
        // The values differ, so no value matches both.
        "const" => None,
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties"
        | "minContains" => Some(by(ours, theirs, Ordering::Less)),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties"
        | "maxContains" => Some(by(ours, theirs, Ordering::Greater)),
        "required" => {
            let known: HashSet<&Value> = list(ours).iter().collect();
            let more = list(theirs).iter().filter(|name| !known.contains(name));
            Some(Value::Array(list(ours).iter().chain(more).cloned().collect()))
        }
        "properties" | "patternProperties" | "dependentSchemas" | "dependentRequired" => {
            Some(Value::Object(fields(ours, theirs)))
        }
        "items"
        | "additionalProperties"
        | "propertyNames"
        | "contains"
        | "unevaluatedProperties"
        | "unevaluatedItems" => Some(all_of(ours, theirs)),
        "prefixItems" => Some(items(list(ours), list(theirs))),
        "not" => Some(json!({ "anyOf": [ours, theirs] })),
        "multipleOf" => Some(multiple(ours, theirs)),
        "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => {
            Some(Value::Bool(ours == &Value::Bool(true) || theirs == &Value::Bool(true)))
        }
        // The schema that is closer to the value takes precedence: titles, examples, formats.
        _ => Some(theirs.clone()),
    }
}

fn types(ours: &Value, theirs: &Value) -> Option<Value> {
    let names = |value: &Value| match value {
        Value::Array(names) => names.clone(),
        other => vec![other.clone()],
    };
    let (ours, theirs) = (names(ours), names(theirs));
    let mut shared: Vec<Value> = Vec::new();
    for (one, of) in [(&ours, &theirs), (&theirs, &ours)] {
        let kept = one.iter().filter(|kind| {
            of.contains(kind) || (*kind == "integer" && of.iter().any(|kind| kind == "number"))
        });
        for kind in kept {
            if !shared.contains(kind) {
                shared.push(kind.clone());
            }
        }
    }
    (!shared.is_empty()).then_some(Value::Array(shared))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The stricter bound: the one that compares as `ordering` to the other.
fn by(ours: &Value, theirs: &Value, ordering: Ordering) -> Value {
    let order = ours.as_f64().partial_cmp(&theirs.as_f64());
    if order == Some(ordering) { theirs.clone() } else { ours.clone() }
}

fn all_of(ours: &Value, theirs: &Value) -> Value {
    if ours == theirs { ours.clone() } else { json!({ "allOf": [ours, theirs] }) }
}

fn fields(ours: &Value, theirs: &Value) -> Map<String, Value> {
    let mut merged = ours.as_object().cloned().unwrap_or_default();
    for (name, schema) in theirs.as_object().into_iter().flatten() {
        let schema = match (merged.get(name), schema) {
            (Some(Value::Array(known)), Value::Array(more)) => {
                Value::Array(known.iter().chain(more).cloned().collect())
            }
            (Some(known), schema) => all_of(known, schema),
            (None, schema) => schema.clone(),
        };
        merged.insert(name.clone(), schema);
    }
    merged
}

fn items(ours: &[Value], theirs: &[Value]) -> Value {
    let longest = ours.len().max(theirs.len());
    (0..longest)
        .filter_map(|index| match (ours.get(index), theirs.get(index)) {
            (Some(one), Some(other)) => Some(all_of(one, other)),
            (one, other) => one.or(other).cloned(),
        })
        .collect()
}

/// The least common multiple of whole numbers. For other numbers the larger one, which is correct
/// if it is a multiple.
fn multiple(ours: &Value, theirs: &Value) -> Value {
    if let (Some(one), Some(other)) =
        (ours.as_u64().filter(|one| *one > 0), theirs.as_u64().filter(|other| *other > 0))
        && let Some(common) = one.checked_mul(other / greatest_common_divisor(one, other))
    {
        return common.into();
    }
    by(ours, theirs, Ordering::Less)
}

fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}
