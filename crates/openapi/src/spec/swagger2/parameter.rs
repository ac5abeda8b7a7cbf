//! Parameters and headers: their type becomes a schema, and `collectionFormat` a style.

use serde_json::{Map, Value, json};

use super::context::{Context, Fields, kept};
use crate::spec::walk::join;

/// The fields that describe values.
const OF_SCHEMA: [&str; 18] = [
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
    "x-nullable",
    "x-enum-varnames",
];

/// A parameter at `at` of the converted document.
pub fn parameter(context: &Context, written: &Value, at: &str) -> Value {
    let Value::Object(fields) = written else { return written.clone() };
    if fields.contains_key("$ref") {
        return written.clone();
    }
    let place = fields.get("in").and_then(Value::as_str).unwrap_or_default();
    let mut parameter = kept(
        fields,
        &["name", "in", "description", "required", "allowEmptyValue", "deprecated", "example"],
    );
    described(&mut parameter, fields, place);
    context.made_of(join(at, "schema"), context.written_at(at));
    Value::Object(parameter)
}

/// A header of a response.
pub fn header(context: &Context, written: &Value, at: &str) -> Value {
    let Value::Object(fields) = written else { return written.clone() };
    let mut header = kept(fields, &["description", "example"]);
    described(&mut header, fields, "header");
    context.made_of(join(at, "schema"), context.written_at(at));
    Value::Object(header)
}

/// Adds schema, style and example.
fn described(part: &mut Fields, fields: &Fields, place: &str) {
    OF_SCHEMA.iter().for_each(|key| {
        part.shift_remove(*key);
    });
    if let Some(example) = part.shift_remove("x-example") {
        part.entry("example").or_insert(example);
    }
    let mut schema = schema(fields);
    match style(fields, place) {
        Style::Default => {}
        Style::Of(style, explode) => {
            part.insert("style".to_owned(), json!(style));
            part.insert("explode".to_owned(), json!(explode));
        }
        Style::Text(separator) => {
            schema = json!({
                "type": "string",
                "description": format!("Several values, separated by {separator}."),
            });
        }
    }
    part.insert("schema".to_owned(), schema);
}

/// The schema of a parameter or header.
pub fn schema(fields: &Fields) -> Value {
    let own =
        OF_SCHEMA.iter().filter_map(|key| Some(((*key).to_owned(), fields.get(*key)?.clone())));
    let mut schema: Map<String, Value> = own.collect();
    if let Some(Value::Object(written)) = fields.get("schema") {
        schema.extend(written.clone());
    }
    if let Some(items) = schema.get_mut("items") {
        inner_lists(items);
    }
    Value::Object(schema)
}

/// A list within a list is a text with another separator, for which OpenAPI 3 has no style.
fn inner_lists(items: &mut Value) {
    if items.get("type").is_some_and(|kind| kind == "array")
        && items.get("collectionFormat").is_some()
    {
        *items = json!({ "type": "string", "description": "Several values in one text." });
    }
}

/// How a list is written.
pub enum Style {
    /// As OpenAPI 3 writes it without a style.
    Default,
    /// `style` and `explode`.
    Of(&'static str, bool),
    /// OpenAPI 3 has no style for this separator. The list is described as text.
    Text(&'static str),
}

/// `place`: `query`, `formData`, `path` or `header`.
pub fn style(fields: &Fields, place: &str) -> Style {
    if fields.get("type").is_none_or(|kind| kind != "array") {
        return Style::Default;
    }
    let format = fields.get("collectionFormat").and_then(Value::as_str).unwrap_or("csv");
    match (place, format) {
        (_, "tsv") => Style::Text("tabs"),
        ("query" | "formData", "multi") => Style::Of("form", true),
        ("query" | "formData", "ssv") => Style::Of("spaceDelimited", false),
        ("query" | "formData", "pipes") => Style::Of("pipeDelimited", false),
        ("query" | "formData", _) => Style::Of("form", false),
        (_, "ssv") => Style::Text("spaces"),
        (_, "pipes") => Style::Text("`|`"),
        _ => Style::Default,
    }
}
