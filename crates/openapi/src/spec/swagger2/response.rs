//! Responses: `schema` and `examples` become the content of each media type.

use serde_json::{Map, Value, json};

use super::context::{Context, Fields, kept};
use super::parameter;
use crate::spec::walk::join;

/// Without `produces`, responses are JSON, and files are bytes.
const DEFAULT: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// A response at `at` of the converted document. `is_own`: the operation itself declares
/// `produces`.
pub fn response(
    context: &Context,
    written: &Value,
    produces: &[String],
    is_own: bool,
    at: &str,
) -> Value {
    let Value::Object(fields) = written else { return written.clone() };
    if fields.contains_key("$ref") {
        return written.clone();
    }
    let mut response = Map::new();
    let description = fields.get("description").cloned().unwrap_or_else(|| json!(""));
    response.insert("description".to_owned(), description);
    response.extend(kept(fields, &[]));
    match fields.get("headers") {
        Some(Value::Object(headers)) => {
            let at = join(at, "headers");
            let convert = |(name, value): (&String, &Value)| {
                (name.clone(), parameter::header(context, value, &join(&at, name)))
            };
            let headers: Map<String, Value> = headers.iter().map(convert).collect();
            response.insert("headers".to_owned(), Value::Object(headers));
        }
        Some(other) => {
            response.insert("headers".to_owned(), other.clone());
        }
        None => {}
    }
    let content = content(context, fields, produces, is_own, &join(at, "content"));
    if !content.is_empty() {
        context.made_of(join(at, "content"), context.written_at(at));
        response.insert("content".to_owned(), Value::Object(content));
    }
    Value::Object(response)
}

fn content(
    context: &Context,
    fields: &Fields,
    produces: &[String],
    is_own: bool,
    at: &str,
) -> Fields {
    let mut content = Map::new();
    let written = context.written_at(at.strip_suffix("/content").unwrap_or(at));
    let written = join(&written, "schema");
    let schema = fields.get("schema").filter(|schema| !schema.is_null());
    let mut add = |media_type: &str, example: Option<(Option<&str>, &Value)>| {
        let media = content.entry(media_type.to_owned()).or_insert_with(|| {
            context.moved(join(&join(at, media_type), "schema"), written.as_str());
            schema.map_or_else(
                || json!({}),
                |schema| json!({ "schema": context.copies.copy(schema) }),
            )
        });
        match example {
            Some((None, value)) => media["example"] = context.copies.copy(value),
            Some((Some(name), value)) => {
                media["examples"][name] = json!({ "value": context.copies.copy(value) });
            }
            None => {}
        }
    };
    let types = types(schema, produces, is_own);
    if schema.is_some() {
        types.iter().for_each(|media_type| add(media_type, None));
    }
    let examples = fields.get("examples").and_then(Value::as_object).into_iter().flatten();
    for (name, example) in examples.filter(|(name, _)| !name.starts_with("x-")) {
        // Swagger names media types, but some authors name their examples.
        match types.first().filter(|_| !name.contains('/')) {
            Some(first) => add(first, Some((Some(name), example))),
            None => add(name, Some((None, example))),
        }
    }
    content
}

fn types<'a>(schema: Option<&Value>, produces: &'a [String], is_own: bool) -> Vec<&'a str> {
    let types: Vec<&str> = produces.iter().map(String::as_str).collect();
    let is_file = schema.and_then(|schema| schema.get("type")).is_some_and(|kind| kind == "file");
    // The document's general media types are rarely meant for files.
    let is_text = |name: &&str| name.contains("json") || name.contains("xml");
    let is_general = !is_own && types.iter().all(is_text);
    match (types.is_empty(), is_file) {
        (true, false) => vec![DEFAULT],
        (true, true) => vec![BYTES],
        (false, true) if is_general => vec![BYTES],
        (false, _) => types,
    }
}
