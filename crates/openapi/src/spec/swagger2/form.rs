//! `in: formData`: the fields of a form are the properties of one schema.

use serde_json::{Map, Value, json};

use super::context::{Context, kept};
use super::inputs::Part;
use super::parameter::{self, Style};
use crate::spec::walk::join;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// A request body at `at` of the converted document. Files need multipart.
pub fn form(context: &Context, parts: &[Part], consumes: &[String], at: &str) -> Value {
    let has_file =
        parts.iter().any(|part| part.value.get("type").is_some_and(|kind| kind == "file"));
    let mut types: Vec<&str> = consumes
        .iter()
        .map(String::as_str)
        .filter(|media_type| *media_type == MULTIPART || (*media_type == URLENCODED && !has_file))
        .collect();
    if types.is_empty() {
        types.push(if has_file { MULTIPART } else { URLENCODED });
    }
    let mut properties = Map::new();
    let mut encoding = Map::new();
    for part in parts {
        let Value::Object(fields) = part.value else { continue };
        let (schema, style) = property(fields);
        properties.insert(part.name().to_owned(), schema);
        if let Some(style) = style {
            encoding.insert(part.name().to_owned(), style);
        }
    }
    let is_required = |part: &&Part| part.value.get("required") == Some(&json!(true));
    let required: Vec<&str> = parts.iter().filter(is_required).map(Part::name).collect();
    let mut media = Map::new();
    media.insert("schema".to_owned(), json!({ "type": "object", "properties": properties }));
    if let Some(Value::Object(schema)) = media.get_mut("schema").filter(|_| !required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    if !encoding.is_empty() {
        media.insert("encoding".to_owned(), Value::Object(encoding));
    }
    let media = Value::Object(media);
    let content: Map<String, Value> = types
        .iter()
        .map(|media_type| ((*media_type).to_owned(), context.copies.copy(&media)))
        .collect();
    let list = parts.first().and_then(|part| part.written.rsplit_once('/'));
    context.made_of(at, list.map_or("", |(list, _)| list));
    for media_type in types {
        let at = join(&join(&join(&join(at, "content"), media_type), "schema"), "properties");
        parts
            .iter()
            .for_each(|part| context.made_of(join(&at, part.name()), part.written.as_str()));
    }
    let mut body = Map::new();
    if !required.is_empty() {
        body.insert("required".to_owned(), json!(true));
    }
    body.insert("content".to_owned(), Value::Object(content));
    Value::Object(body)
}

/// The schema of a field, and how it is written.
fn property(fields: &Map<String, Value>) -> (Value, Option<Value>) {
    let mut schema = parameter::schema(fields);
    let style = match parameter::style(fields, "formData") {
        Style::Default | Style::Of("form", true) => None,
        Style::Of(style, explode) => Some(json!({ "style": style, "explode": explode })),
        Style::Text(separator) => {
            let about = format!("Several values, separated by {separator}.");
            schema = json!({ "type": "string", "description": about });
            None
        }
    };
    if let Value::Object(schema) = &mut schema {
        let mut about = kept(fields, &["description", "example"]);
        if let Some(example) = about.shift_remove("x-example") {
            about.entry("example").or_insert(example);
        }
        schema.extend(about);
    }
    (schema, style)
}
