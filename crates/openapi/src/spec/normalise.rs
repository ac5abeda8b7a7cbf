//! Converts all documents to one form: OpenAPI 3.1, whose schemas are JSON Schema 2020-12. Pointers
//! to the author's text stay valid, except in a schema that becomes a choice between itself and
//! null.

mod closed;
mod keywords;

use serde_json::{Map, Value, json};

pub use keywords::{Reading, read as read_keyword};

use super::cycles;
use super::walk::{Kind, walk_all, walk_mut};

type Fields = Map<String, Value>;

/// Marks a schema from which keywords were removed that were meant to restrict values: an object of
/// these keywords, each with the reason. Whether a value matches such a schema is unknown, unless
/// it violates another keyword.
pub const NOT_CHECKED: &str = "x-tollgate-not-checked";

/// Rewrites a document that was checked.
pub fn normalise(root: &mut Value) {
    let is_3_0 = root
        .get("openapi")
        .and_then(Value::as_str)
        .is_some_and(|version| version.starts_with("3.0"));
    let mut rewrite = |kind: Kind, value: &mut Value| rewrite(kind, value, is_3_0);
    let strays = walk_all(root, &mut |_, _, _| {});
    walk_mut(root, Kind::Document, &mut rewrite);
    for (pointer, kind) in strays {
        if let Some(value) = root.pointer_mut(&pointer) {
            walk_mut(value, kind, &mut rewrite);
        }
    }
    closed::rewrite(root);
    cycles::cut_choices(root);
    if is_3_0 && let Some(version) = root.get_mut("openapi") {
        *version = json!("3.1.0");
    }
}

/// Removes a keyword that restricts values, and marks its schema.
pub fn leave_out(fields: &mut Fields, keyword: &str, why: &str) {
    fields.shift_remove(keyword);
    let marks = fields.entry(NOT_CHECKED).or_insert_with(|| json!({}));
    if !marks.is_object() {
        *marks = json!({});
    }
    if let Value::Object(marks) = marks {
        marks.insert(keyword.to_owned(), json!(why));
    }
}

fn rewrite(kind: Kind, value: &mut Value, is_3_0: bool) {
    if kind == Kind::Schema && value.is_null() {
        *value = json!({});
    }
    let Value::Object(fields) = value else { return };
    fields.retain(|key, value| !(value.is_null() && kind.field(key).is_some()));
    if kind == Kind::Schema {
        schema(fields, is_3_0);
    }
}

fn schema(fields: &mut Fields, is_3_0: bool) {
    if is_3_0 && fields.contains_key("$ref") {
        // In 3.0, keywords next to a reference are ignored. Texts are kept because they do no harm,
        // and `nullable` because it is intended.
        fields.retain(|key, _| is_kept_by_references(key));
    }
    keywords::tidy(fields);
    bound(fields, "exclusiveMinimum", "minimum");
    bound(fields, "exclusiveMaximum", "maximum");
    if let Some(example) = fields.shift_remove("example") {
        fields.entry("examples").or_insert_with(|| json!([example]));
    }
    tuple(fields);
    encoding(fields);
    if fields.shift_remove("nullable") == Some(json!(true)) {
        nullable(fields);
    }
}

/// Whether a field next to a reference is kept in 3.0.
pub fn is_kept_by_references(key: &str) -> bool {
    matches!(key, "$ref" | "description" | "nullable") || key.starts_with("x-")
}

/// `exclusiveMinimum: true` next to `minimum: 5` becomes `exclusiveMinimum: 5`.
fn bound(fields: &mut Fields, exclusive: &str, inclusive: &str) {
    let Some(is_exclusive) = fields.get(exclusive).and_then(Value::as_bool) else { return };
    match fields.shift_remove(inclusive) {
        Some(limit) if is_exclusive => {
            fields.insert(exclusive.to_owned(), limit);
        }
        limit => {
            fields.shift_remove(exclusive);
            if let Some(limit) = limit {
                fields.insert(inclusive.to_owned(), limit);
            }
        }
    }
}

/// `items: […]` of older drafts becomes `prefixItems`, and `additionalItems` becomes `items`.
fn tuple(fields: &mut Fields) {
    if fields.get("items").is_some_and(Value::is_array)
        && let Some(items) = fields.shift_remove("items")
    {
        fields.entry("prefixItems").or_insert(items);
        if let Some(others) = fields.shift_remove("additionalItems") {
            fields.insert("items".to_owned(), others);
        }
    }
}

fn encoding(fields: &mut Fields) {
    let (keyword, value) = match fields.get("format").and_then(Value::as_str) {
        Some("binary") => ("contentMediaType", "application/octet-stream"),
        Some("byte") => ("contentEncoding", "base64"),
        _ => return,
    };
    fields.shift_remove("format");
    fields.entry(keyword).or_insert_with(|| json!(value));
}

/// Makes null a valid value of the schema.
fn nullable(fields: &mut Fields) {
    let is_combined = ["$ref", "allOf", "oneOf", "not", "if", "const"]
        .iter()
        .any(|keyword| fields.contains_key(*keyword));
    if is_combined {
        let (outer, inner): (Fields, Fields) =
            std::mem::take(fields).into_iter().partition(|(key, _)| is_annotation(key));
        *fields = outer;
        fields.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
        return;
    }
    match fields.get_mut("type") {
        Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
        Some(value @ Value::String(_)) if *value != json!("null") => {
            *value = json!([value.take(), "null"])
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = fields.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.push(json!({ "type": "null" }));
    }
}

/// Describes a value without restricting it.
pub fn is_annotation(key: &str) -> bool {
    matches!(
        key,
        "title"
            | "description"
            | "default"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "externalDocs"
            | "xml"
    ) || key.starts_with("x-")
}
