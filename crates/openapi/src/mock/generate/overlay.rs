//! Fields that replace those of a valid value, as far as the value stays valid.

use serde_json::{Map, Value};

use crate::schemas::Schemas;

/// `value` with those of `fields`, in the object at `pointer`, that keep it valid.
pub fn overlay(
    schemas: &Schemas,
    schema: &Value,
    value: Value,
    pointer: &str,
    fields: &Map<String, Value>,
) -> Value {
    let with =
        |base: &Value, changes: &mut dyn Iterator<Item = (&String, &Value)>| -> Option<Value> {
            let mut changed = base.clone();
            let object = changed.pointer_mut(pointer)?.as_object_mut()?;
            object.extend(changes.map(|(name, value)| (name.clone(), value.clone())));
            schemas.accepts(schema, &changed).then_some(changed)
        };
    if fields.is_empty() {
        return value;
    }
    if let Some(whole) = with(&value, &mut fields.iter()) {
        return whole;
    }
    let mut value = value;
    for (name, field) in fields {
        let known = value.pointer(pointer).and_then(|object| object.get(name));
        let merged = known.map(|known| merged(known, field));
        let changed = with(&value, &mut std::iter::once((name, field)));
        let changed =
            changed.or_else(|| with(&value, &mut std::iter::once((name, merged.as_ref()?))));
        value = changed.unwrap_or(value);
    }
    value
}

/// Merges objects field by field, one level deep. Other values are replaced.
fn merged(known: &Value, field: &Value) -> Value {
    match (known, field) {
        (Value::Object(known), Value::Object(more)) => {
            let mut merged = known.clone();
            merged.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(merged)
        }
        _ => field.clone(),
    }
}
