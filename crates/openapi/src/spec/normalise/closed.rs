//! Schemas that are closed next to `allOf`. By the words of JSON Schema, `additionalProperties: false`
//! forbids the properties of the `allOf` parts, so often no object is valid. Authors mean that all
//! declared properties are allowed and no others, which is `unevaluatedProperties: false`.

use serde_json::{Value, json};

use crate::spec::model::resolve;
use crate::spec::walk::all_schemas_in;

/// Maximum number of parts of one schema that are read, including parts of parts.
const MAX_PARTS: usize = 64;

/// Rewrites all schemas whose `additionalProperties: false` forbids properties that their `allOf`
/// declares.
pub fn rewrite(root: &mut Value) {
    let mut closed = Vec::new();
    all_schemas_in(root, &mut |schema, pointer| {
        if forbids_its_parts(root, schema) {
            closed.push(pointer.to_owned());
        }
    });
    for pointer in closed {
        if let Some(Value::Object(fields)) = root.pointer_mut(&pointer) {
            fields.shift_remove("additionalProperties");
            fields.entry("unevaluatedProperties").or_insert(json!(false));
        }
    }
}

fn forbids_its_parts(root: &Value, schema: &Value) -> bool {
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false))
        && schema.get("patternProperties").is_none();
    if !is_closed {
        return false;
    }
    let own = schema.get("properties").and_then(Value::as_object);
    let mut parts: Vec<&Value> = parts_of(schema).collect();
    let mut next = 0;
    while let Some(part) = parts.get(next).copied().filter(|_| next < MAX_PARTS) {
        next += 1;
        let Some(part) = resolve(root, part) else { continue };
        let declared = part.get("properties").and_then(Value::as_object).into_iter().flatten();
        if declared.into_iter().any(|(name, _)| own.is_none_or(|own| !own.contains_key(name))) {
            return true;
        }
        if parts.len() < MAX_PARTS {
            parts.extend(parts_of(part).take(MAX_PARTS));
        }
    }
    false
}

fn parts_of(schema: &Value) -> impl Iterator<Item = &Value> {
    schema.get("allOf").and_then(Value::as_array).into_iter().flatten()
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
    fn a_closed_schema_that_declares_all_properties_is_unchanged() {
        let schema = json!({"additionalProperties": false, "properties": {"a": {}},
            "allOf": [{"properties": {"a": {"type": "integer"}}}]});
        let mut root = json!({"components": {"schemas": {"S": schema}}});
        let before = root.clone();
        rewrite(&mut root);
        assert_eq!(root, before);
    }
}
