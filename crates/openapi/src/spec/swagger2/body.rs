//! `in: body`.

use serde_json::{Map, Value, json};

use super::context::{Context, kept};
use super::inputs::Part;
use super::parameter;
use crate::spec::walk::join;

/// Without `consumes`, bodies are JSON.
const DEFAULT: &str = "application/json";

/// A request body at `at` of the converted document.
pub fn body(context: &Context, part: &Part, consumes: &[String], at: &str) -> Value {
    let Value::Object(fields) = part.value else { return part.value.clone() };
    let schema = fields.get("schema").cloned().unwrap_or_else(|| parameter::schema(fields));
    let default = [DEFAULT.to_owned()];
    let types = if consumes.is_empty() { &default } else { consumes };
    context.made_of(at, part.written.as_str());
    context.made_of(join(at, "content"), part.written.as_str());
    let mut content = Map::new();
    for media_type in types {
        let at = join(&join(&join(at, "content"), media_type), "schema");
        context.moved(at, join(&part.written, "schema"));
        let mut media = Map::new();
        media.insert("schema".to_owned(), context.copies.copy(&schema));
        let examples = fields.get("x-examples").or_else(|| fields.get("x-example"));
        let of_type = examples.and_then(|examples| examples.get(media_type));
        if let Some(example) = of_type.or_else(|| fields.get("x-example")) {
            media.insert("example".to_owned(), context.copies.copy(example));
        }
        content.insert(media_type.clone(), Value::Object(media));
    }
    let mut body = kept(fields, &["description", "required"]);
    body.shift_remove("x-example");
    body.shift_remove("x-examples");
    body.insert("content".to_owned(), json!(content));
    Value::Object(body)
}
