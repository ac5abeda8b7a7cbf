//! A value for a media type: from its examples, else generated.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::{Answering, accept};
use crate::server::mock::generate::generate;
use crate::server::schemas::Schemas;
use crate::server::spec::Media;

/// The example that is asked for by `Prefer: example=name`, the first that is valid, or a generated value.
pub fn sample(answering: &Answering, media: &Media) -> Option<Value> {
    let is_json = accept::is_json(&media.content_type);
    let asked = preferred(answering.call.headers);
    let mut examples: Vec<_> = media.examples.iter().collect();
    examples.sort_by_key(|example| asked.as_ref() != Some(&example.name));
    // What is not JSON is written down as text, and its schema is of what the text tells.
    let is_fit = |value: &Value| {
        if is_json {
            answering.schemas.accepts(&media.schema, value)
        } else {
            value.is_string() || answering.schemas.accepts(&media.schema, value)
        }
    };
    if let Some(example) = examples.iter().find(|example| is_fit(&example.value)) {
        return Some(example.value.clone());
    }
    let value = generate(answering.schemas, &media.schema, answering.seed)?;
    // What is right in an example that is not quite valid is still what its author wanted to show.
    match examples.first().and_then(|example| example.value.as_object()) {
        Some(fields) if value.is_object() => Some(overlay(answering.schemas, &media.schema, value, "", fields)),
        _ => Some(with_status(answering, &media.schema, value)),
    }
}

/// A generated error that tells its status tells the one it is sent with.
fn with_status(answering: &Answering, schema: &Value, value: Value) -> Value {
    let Value::Object(fields) = &value else { return value };
    let names = ["status", "code", "statusCode", "status_code"];
    let told: Map<String, Value> = names
        .into_iter()
        .filter(|name| fields.get(*name).is_some_and(Value::is_number))
        .map(|name| (name.to_owned(), Value::from(answering.status)))
        .collect();
    overlay(answering.schemas, schema, value, "", &told)
}

/// The valid `value` with those of `fields` in the object at `pointer` with which it stays valid.
pub fn overlay(schemas: &Schemas, schema: &Value, value: Value, pointer: &str, fields: &Map<String, Value>) -> Value {
    let validator = schemas.validator(schema);
    let with = |base: &Value, changes: &mut dyn Iterator<Item = (&String, &Value)>| -> Option<Value> {
        let mut changed = base.clone();
        let object = changed.pointer_mut(pointer)?.as_object_mut()?;
        object.extend(changes.map(|(name, value)| (name.clone(), value.clone())));
        validator.as_ref().is_none_or(|validator| validator.is_valid(&changed)).then_some(changed)
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
        let changed = changed.or_else(|| with(&value, &mut std::iter::once((name, merged.as_ref()?))));
        value = changed.unwrap_or(value);
    }
    value
}

/// Objects field by field, one level down; all else is replaced.
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
