//! Closed schemas in and next to `allOf`. By the words of JSON Schema, `additionalProperties:
//! false` forbids the properties of all other parts, so often no object is valid. Authors mean that
//! all declared properties are allowed and no others, which is `unevaluatedProperties: false` for
//! the whole.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::spec::model::resolve;
use crate::spec::walk::all_schemas_in;

/// Maximum number of parts of one schema that are read, including parts of parts.
const MAX_PARTS: usize = 64;
/// Maximum nesting of parts that are copied.
const MAX_DEPTH: usize = 8;
/// A copied part may contain schemas that have to be rewritten again, up to this many times.
const MAX_ROUNDS: usize = 4;
/// Maximum number of names that are compared, and of values that are copied, for one document.
/// Schemas after it keep the strict reading.
const MAX_STEPS: usize = 2_000_000;

/// Rewrites all schemas where a closed schema forbids properties that `allOf` combines with it. The
/// closed parts become copies that are not closed.
pub fn rewrite(root: &mut Value) {
    let mut steps = Steps(MAX_STEPS);
    for _ in 0..MAX_ROUNDS {
        let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
        all_schemas_in(root, &mut |schema, pointer| {
            let is_copied = changes.last().is_some_and(|(outer, _)| {
                pointer.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with("/allOf/"))
            });
            if let Some(parts) = (!is_copied).then(|| meant(root, schema, &mut steps)).flatten() {
                changes.push((pointer.to_owned(), parts));
            }
        });
        if changes.is_empty() {
            return;
        }
        for (pointer, parts) in changes {
            let Some(Value::Object(fields)) = root.pointer_mut(&pointer) else { continue };
            fields.insert("allOf".to_owned(), Value::Array(parts));
            remove_closed(fields);
            if !fields.contains_key("additionalProperties") {
                fields.entry("unevaluatedProperties").or_insert(json!(false));
            }
        }
    }
}

struct Steps(usize);

impl Steps {
    /// `None` if no steps are left.
    fn take(&mut self, steps: usize) -> Option<()> {
        self.0 = self.0.checked_sub(steps)?;
        Some(())
    }
}

/// The parts of `schema` as they are meant. `None` if no closed schema forbids properties of
/// others.
fn meant(root: &Value, schema: &Value, steps: &mut Steps) -> Option<Vec<Value>> {
    let parts = schema.get("allOf").and_then(Value::as_array)?;
    let closed: Vec<bool> = parts.iter().map(|part| has_closed(root, part)).collect();
    if !is_closed(schema) && !closed.contains(&true) {
        return None;
    }
    let own: HashSet<&str> = names(schema).collect();
    let mut declared = Vec::with_capacity(parts.len());
    for part in parts {
        let of_part: HashSet<&str> = all_parts(root, part).into_iter().flat_map(names).collect();
        steps.take(1 + of_part.len())?;
        declared.push(of_part);
    }
    steps.take(own.len())?;
    let all: HashSet<&str> = declared.iter().flatten().chain(&own).copied().collect();
    steps.take(all.len().saturating_mul(parts.len()))?;
    let lacks = |some: &HashSet<&str>| all.iter().any(|name| !some.contains(name));
    let opened: Vec<bool> =
        closed.iter().zip(&declared).map(|(closed, names)| *closed && lacks(names)).collect();
    let forbids = is_closed(schema) && lacks(&own);
    if !forbids && !opened.contains(&true) {
        return None;
    }
    parts
        .iter()
        .zip(opened)
        .map(
            |(part, open)| {
                if open { without_closed(root, part, 0, steps) } else { Some(part.clone()) }
            },
        )
        .collect()
}

/// Whether an object may only have declared properties. A pattern declares more than its names.
/// Authors who write `unevaluatedProperties` know the difference.
fn is_closed(schema: &Value) -> bool {
    schema.get("additionalProperties") == Some(&Value::Bool(false))
        && schema.get("patternProperties").is_none()
}

fn has_closed(root: &Value, part: &Value) -> bool {
    all_parts(root, part).into_iter().any(is_closed)
}

/// A copy of a part in which no part is closed.
fn without_closed(root: &Value, part: &Value, depth: usize, steps: &mut Steps) -> Option<Value> {
    let part = resolve(root, part)?;
    steps.take(size(part))?;
    let mut copy = part.clone();
    if let Value::Object(fields) = &mut copy {
        if is_closed(part) {
            remove_closed(fields);
        }
        if let Some(Value::Array(inner)) = fields.get_mut("allOf").filter(|_| depth < MAX_DEPTH) {
            for inner in inner.iter_mut().filter(|inner| has_closed(root, inner)) {
                *inner = without_closed(root, inner, depth + 1, steps)?;
            }
        }
    }
    Some(copy)
}

fn remove_closed(fields: &mut Map<String, Value>) {
    if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
        fields.shift_remove("additionalProperties");
    }
}

/// The part and the parts of its `allOf`, with references resolved; at most [`MAX_PARTS`].
fn all_parts<'a>(root: &'a Value, part: &'a Value) -> Vec<&'a Value> {
    let mut parts: Vec<&Value> = resolve(root, part).into_iter().collect();
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        next += 1;
        let inner = part.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let left = MAX_PARTS - parts.len();
        parts.extend(inner.filter_map(|part| resolve(root, part)).take(left));
    }
    parts
}

fn names(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.map(|(name, _)| name.as_str())
}

/// The number of values in `value`, whose nesting was checked.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::{Schemas, Verdict};
    use crate::spec::Spec;

    /// The results for values with the schema `S`, next to a schema `Tag`.
    fn results(schema: Value, values: &[Value]) -> Vec<bool> {
        let tag = json!({"type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {"name": {"type": "string"}}});
        let root = json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {},
            "components": {"schemas": {"S": schema, "Tag": tag}}});
        let spec = Spec::from_value(root).expect("a document");
        let schemas = Schemas::of_requests(std::sync::Arc::new(spec));
        let reference = json!({"$ref": "#/components/schemas/S"});
        values.iter().map(|value| schemas.verdict(&reference, value) == Verdict::Valid).collect()
    }

    #[test]
    fn a_closed_schema_allows_the_properties_of_its_parts_and_no_others() {
        let schema = json!({"type": "object", "additionalProperties": false,
            "allOf": [{"$ref": "#/components/schemas/Tag"}]});
        let values = [json!({"name": "a"}), json!({"name": "a", "other": 1}), json!({})];
        assert_eq!(results(schema, &values), [true, false, false]);
    }

    #[test]
    fn a_part_of_a_part_counts() {
        let schema = json!({"additionalProperties": false, "properties": {"own": {}},
            "allOf": [{"allOf": [{"properties": {"a": {"type": "integer"}}}]}]});
        let values = [json!({"a": 1, "own": 1}), json!({"a": "x"}), json!({"b": 1})];
        assert_eq!(results(schema, &values), [true, false, false]);
    }

    #[test]
    fn closed_parts_are_combined_to_a_closed_whole() {
        let schema = json!({"allOf": [
            {"$ref": "#/components/schemas/Tag"},
            {"type": "object", "additionalProperties": false, "properties": {"size": {}}},
            {"allOf": [{"$ref": "#/components/schemas/Tag"}], "properties": {"own": {}}}
        ]});
        let values = [
            json!({"name": "a", "size": 1, "own": 1}),
            json!({"name": "a", "other": 1}),
            json!({"size": 1}),
        ];
        assert_eq!(results(schema, &values), [true, false, false]);
        // The part itself stays closed.
        let alone = json!({"$ref": "#/components/schemas/Tag"});
        assert_eq!(results(alone, &[json!({"name": "a", "size": 1})]), [false]);
    }

    #[test]
    fn a_closed_part_that_declares_all_properties_is_unchanged() {
        let part = json!({"additionalProperties": false, "properties": {"a": {}, "b": {}}});
        let schema = json!({"allOf": [part, {"properties": {"a": {"type": "integer"}}}]});
        let mut root = json!({"components": {"schemas": {"S": schema}}});
        let before = root.clone();
        rewrite(&mut root);
        assert_eq!(root, before);
    }

    #[test]
    fn parts_that_refer_to_each_other_end() {
        let part = |other: &str| {
            json!({"additionalProperties": false, "properties": {other: {}},
                "allOf": [{"$ref": format!("#/components/schemas/{other}")}]})
        };
        let mut root = json!({"components": {"schemas": {"A": part("B"), "B": part("A")}}});
        rewrite(&mut root);
        assert!(size(&root) < 2_000, "{}", size(&root));
    }

    #[test]
    fn a_closed_schema_that_declares_all_properties_is_unchanged() {
        let schema = json!({"additionalProperties": false, "properties": {"a": {}},
            "allOf": [{"properties": {"a": {"type": "integer"}}}]});
        let mut root = json!({"components": {"schemas": {"S": schema}}});
        let before = root.clone();
        rewrite(&mut root);
        assert_eq!(root, before);
    }
}
