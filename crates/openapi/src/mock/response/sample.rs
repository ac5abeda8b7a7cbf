//! A value for a media type: one of its examples, otherwise a generated value.

use serde_json::{Map, Value};

use super::{ResponseContext, accept};
use crate::mock::generate::{generate_or_closest, overlay};
use crate::spec::{Example, Media};

/// The first valid example, without fields that are not sent in responses, otherwise a generated
/// value. An example that violates its schema is not returned by itself, because clients that check
/// responses would refuse it. Its valid fields are kept, because they show what the author meant.
/// If no value is valid, the closest one is returned.
pub fn sample(context: &ResponseContext, media: &Media) -> Value {
    let schemas = context.schemas;
    let sent = |example: &Example| {
        let (root, example) = (schemas.root(), example.value.clone());
        schemas.direction().without_hidden(root, &media.schema, example)
    };
    let sent: Vec<Value> = media.examples.iter().map(sent).collect();
    let mut all = sent.iter().chain(media.examples.iter().map(|example| &example.value));
    if let Some(example) = all.find(|value| is_fit(context, media, value)) {
        return example.clone();
    }
    let value = generate_or_closest(schemas, &media.schema, context.seed);
    match sent.into_iter().next() {
        Some(Value::Object(fields)) if value.is_object() => {
            overlay(schemas, &media.schema, value, "", &fields)
        }
        _ => with_status(context, &media.schema, value),
    }
}

/// A value that is not JSON is written as text, and its schema describes the parsed text.
pub fn is_fit(context: &ResponseContext, media: &Media, value: &Value) -> bool {
    !accept::is_json(&media.content_type) && value.is_string()
        || context.schemas.accepts(&media.schema, value)
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
