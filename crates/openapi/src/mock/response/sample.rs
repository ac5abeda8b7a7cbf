//! A value for a media type: one of its examples, otherwise a generated value.

use http::HeaderMap;
use serde_json::{Map, Value};

use super::{ResponseContext, accept};
use crate::mock::generate::generate;
use crate::schemas::Schemas;
use crate::spec::Media;

/// The example that the call requests by `Prefer: example=name`, otherwise the first valid example,
/// otherwise a generated value.
pub fn sample(context: &ResponseContext, media: &Media) -> Option<Value> {
    let is_json = accept::is_json(&media.content_type);
    let requested = preferred(context.call.headers);
    let mut examples: Vec<_> = media.examples.iter().collect();
    examples.sort_by_key(|example| requested.as_ref() != Some(&example.name));
    // A value that is not JSON is written as text, and its schema describes the parsed text.
    let is_fit = |value: &Value| {
        if is_json {
            context.schemas.accepts(&media.schema, value)
        } else {
            value.is_string() || context.schemas.accepts(&media.schema, value)
        }
    };
    if let Some(example) = examples.iter().find(|example| is_fit(&example.value)) {
        return Some(example.value.clone());
    }
    let value = generate(context.schemas, &media.schema, context.seed)?;
    // The valid parts of an example are kept, because they show what the author intended.
    match examples.first().and_then(|example| example.value.as_object()) {
        Some(fields) if value.is_object() => {
            Some(overlay(context.schemas, &media.schema, value, "", fields))
        }
        _ => Some(with_status(context, &media.schema, value)),
    }
}

/// A generated error whose body contains a status gets the status of its response.
fn with_status(context: &ResponseContext, schema: &Value, value: Value) -> Value {
    let Value::Object(fields) = &value else { return value };
    let names = ["status", "code", "statusCode", "status_code"];
    let known_fields: Map<String, Value> = names
        .into_iter()
        .filter(|name| fields.get(*name).is_some_and(Value::is_number))
        .map(|name| (name.to_owned(), Value::from(context.status)))
        .collect();
    overlay(context.schemas, schema, value, "", &known_fields)
}

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

/// RFC 7240: `Prefer: example=cat`.
fn preferred(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut wishes = values.flat_map(|value| value.split([',', ';']));
    wishes.find_map(|wish| Some(wish.trim().strip_prefix("example=")?.trim_matches('"').to_owned()))
}
