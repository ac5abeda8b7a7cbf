//! The fields of the resource that a call contains.

use http::header;
use serde_json::{Map, Value};

use super::Shape;
use crate::mock::generate::properties;
use crate::mock::response::ResponseContext;
use crate::schemas::Direction;

/// Maximum number of fields that are read from one body.
const MAX_FIELDS: usize = 200;

/// The fields of the body that a response may contain, under their names in the response.
pub fn given(context: &ResponseContext, shape: &Shape) -> Map<String, Value> {
    let declared = properties(context.schemas, &shape.media.schema, &shape.pointer);
    let root = context.schemas.root();
    let is_hidden = |schema: &Value| {
        [Direction::Request, Direction::Answer].iter().any(|way| way.hides(root, schema))
    };
    let mut fields = Map::new();
    let (sent, is_form) = sent(context, shape);
    for (name, value) in sent.into_iter().take(MAX_FIELDS) {
        let Some(schema) = declared.get(&name) else {
            // Forms and responses often write the same name differently.
            let twin = declared.iter().find(|(known, schema)| {
                is_form && plain(known) == plain(&name) && !is_hidden(schema)
            });
            match twin {
                Some((known, schema)) => {
                    fields.insert(known.clone(), fitting(context, schema, value))
                }
                None if declared.is_empty() => fields.insert(name, value),
                None => None,
            };
            continue;
        };
        if !is_hidden(schema) {
            let value = if is_form { fitting(context, schema, value) } else { value };
            fields.insert(name, value);
        }
    }
    fields
}

/// The body as one object, and whether it is a form.
fn sent(context: &ResponseContext, shape: &Shape) -> (Map<String, Value>, bool) {
    let call = context.call;
    let content_type = call
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(call.body);
        return (
            pairs
                .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                .collect(),
            true,
        );
    }
    let Ok(body) = serde_json::from_slice::<Value>(call.body) else { return (Map::new(), false) };
    // A resource that is wrapped in the response is often wrapped in the request, too.
    let body =
        body.pointer(&shape.pointer).filter(|inner| inner.is_object()).cloned().unwrap_or(body);
    match body {
        Value::Object(fields) => (fields, false),
        _ => (Map::new(), false),
    }
}

/// A text of a form, converted to the type of the field.
fn fitting(context: &ResponseContext, schema: &Value, value: Value) -> Value {
    if context.schemas.accepts(schema, &value) {
        return value;
    }
    let read = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    read.filter(|read| context.schemas.accepts(schema, read)).unwrap_or(value)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}

/// A patch contains only the changes of an object (RFC 7396).
pub fn merge_into_known(given: &mut Map<String, Value>, known: &Value) {
    for (name, value) in given.iter_mut() {
        if let (Some(Value::Object(known)), Value::Object(changes)) = (known.get(name), &*value) {
            let mut merged = known.clone();
            merged.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
            *value = Value::Object(merged);
        }
    }
}
