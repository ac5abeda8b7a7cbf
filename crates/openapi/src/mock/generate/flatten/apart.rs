//! Branches of `oneOf` that do not exclude each other: a value must be invalid for all but one of
//! them.

use serde_json::{Value, json};

use crate::mock::generate::Flat;
use crate::spec::resolve;

/// Adds a field to `chosen` that only `other` describes, with a value that is invalid for `other`.
pub fn keep_apart(root: &Value, chosen: &mut Flat, other: &Flat) {
    if chosen.get("additionalProperties").is_some_and(|additional| *additional != Value::Bool(true))
    {
        return;
    }
    let known = chosen.get("properties").and_then(Value::as_object);
    let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
    let theirs = other.get("properties").and_then(Value::as_object).into_iter().flatten();
    let wrong = theirs
        .filter(|(name, _)| !is_known(name))
        .find_map(|(name, schema)| Some((name.clone(), wrong_for(root, schema)?)));
    let Some((name, value)) = wrong else { return };
    if let Some(properties) =
        chosen.entry("properties").or_insert_with(|| json!({})).as_object_mut()
    {
        properties.insert(name.clone(), json!({ "const": value }));
    }
    if let Some(required) = chosen.entry("required").or_insert_with(|| json!([])).as_array_mut() {
        required.push(name.into());
    }
}

/// A value of another type. `None` if the schema does not name its type.
fn wrong_for(root: &Value, schema: &Value) -> Option<Value> {
    let types = resolve(root, schema)?.get("type")?;
    let is = |kind: &str| {
        types == kind || types.as_array().is_some_and(|types| types.iter().any(|one| one == kind))
    };
    [("null", Value::Null), ("boolean", Value::Bool(false)), ("string", json!("none"))]
        .into_iter()
        .find(|(kind, _)| !is(kind))
        .map(|(_, value)| value)
}
