//! A value for a media type: one of its examples, otherwise a generated value.

use serde_json::{Map, Value};

use super::{ResponseContext, accept};
pub use crate::mock::generate::overlay;

use crate::mock::generate::generate_or_closest;
use crate::spec::Media;

/// The first valid example, otherwise a generated value. An example that violates its schema is not
/// returned by itself, because clients that check responses would refuse it. Its valid fields are
/// kept, because they show what the author intended. If no value is valid, the closest one is
/// returned.
pub fn sample(context: &ResponseContext, media: &Media) -> Value {
    let examples = || media.examples.iter().map(|example| shown(context, media, &example.value));
    if let Some(example) = examples().find(|value| is_fit(context, media, value)) {
        return example;
    }
    let value = generate_or_closest(context.schemas, &media.schema, context.seed);
    match examples().next() {
        Some(Value::Object(fields)) if value.is_object() => {
            overlay(context.schemas, &media.schema, value, "", &fields)
        }
        _ => with_status(context, &media.schema, value),
    }
}

/// A value that is not JSON is written as text, and its schema describes the parsed text.
pub fn is_fit(context: &ResponseContext, media: &Media, value: &Value) -> bool {
    !accept::is_json(&media.content_type) && value.is_string()
        || context.schemas.accepts(&media.schema, value)
}

/// An example without the fields that are not sent in responses.
fn shown(context: &ResponseContext, media: &Media, value: &Value) -> Value {
    let schemas = context.schemas;
    let shown = schemas.direction().without_hidden(schemas.root(), &media.schema, value.clone());
    if schemas.accepts(&media.schema, &shown) { shown } else { value.clone() }
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
