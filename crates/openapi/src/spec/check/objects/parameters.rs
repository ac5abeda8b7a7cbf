//! Parameters and headers: their name, their location, and their schema.

use serde_json::{Map, Value, json};

use super::{Fields, flags, two_kinds_of_examples};
use crate::spec::check::findings::{Findings, shown};
use crate::spec::check::repair::Repair;
use crate::spec::walk::{Kind, join};

/// Keywords that Swagger 2.0 has in the parameter, and OpenAPI 3 in its schema.
const OF_SCHEMA: [&str; 15] = [
    "type",
    "format",
    "items",
    "enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
];

pub fn check(kind: Kind, fields: &Fields, pointer: &str, found: &mut Findings) {
    let names = ["required", "deprecated", "explode", "allowEmptyValue", "allowReserved"];
    flags(&names, fields, pointer, found);
    two_kinds_of_examples(fields, pointer, found);
    schema(fields, pointer, found);
    if kind == Kind::Parameter {
        name(fields, pointer, found);
        place(fields, pointer, found);
    }
}

fn name(fields: &Fields, pointer: &str, found: &mut Findings) {
    match fields.get("name") {
        Some(Value::String(name)) if !name.is_empty() => {}
        Some(Value::Number(number)) => {
            let message = "`name` is a number; it is read as text; write it in quotes";
            let name = Repair::Put(json!(number.to_string()));
            found.replace(&join(pointer, "name"), message, name);
        }
        _ => found.warn(pointer, "the parameter has no `name`; it is ignored; add its name"),
    }
}

fn place(fields: &Fields, pointer: &str, found: &mut Findings) {
    let at = join(pointer, "in");
    let place = match fields.get("in") {
        Some(Value::String(place)) => place.as_str(),
        None | Some(Value::Null) => {
            let message = "the parameter has no `in`: path, query, header or cookie; it is \
                           ignored; add it";
            return found.warn(pointer, message);
        }
        Some(_) => {
            let message = "`in` must be path, query, header or cookie; the parameter is ignored; \
                           correct it";
            return found.warn(at, message);
        }
    };
    match place {
        "path" if fields.get("required") != Some(&json!(true)) => {
            let message = "a path parameter is always required; it is read so; write `required: \
                           true`";
            found.warn(pointer, message);
        }
        "path" | "query" | "header" | "cookie" => {}
        "body" | "formData" => {
            found.refuse(at, format!("`in: {place}` belongs to Swagger 2.0; use `requestBody`"))
        }
        other => {
            let read = match other.trim().to_lowercase().as_str() {
                "path" | "url" | "uri" => Some("path"),
                "query" | "querystring" | "params" => Some("query"),
                "header" | "headers" => Some("header"),
                "cookie" | "cookies" => Some("cookie"),
                _ => None,
            };
            let what =
                format!("`in` must be path, query, header or cookie, not `{}`", shown(other));
            match read {
                Some(read) => found.replace(
                    &at,
                    format!("{what}; it is read as `{read}`; write that"),
                    Repair::Put(json!(read)),
                ),
                None => found.warn(at, format!("{what}; the parameter is ignored; correct it")),
            }
        }
    }
}

fn schema(fields: &Fields, pointer: &str, found: &mut Findings) {
    let is_given = |key: &str| fields.get(key).is_some_and(|value| !value.is_null());
    if is_given("schema") {
        if is_given("content") {
            let message = "`content` is next to `schema`; only `schema` counts; remove one of them";
            found.warn(join(pointer, "content"), message);
        }
        return;
    }
    if !is_given("content") && is_given("type") {
        let kept = fields.iter().filter(|(key, _)| OF_SCHEMA.contains(&key.as_str()));
        let schema: Map<String, Value> =
            kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        let message = "`type` belongs in `schema` in OpenAPI 3; it is read as if it were there, \
                       with the keywords next to it; move them";
        let at = join(pointer, "schema");
        found.correct(join(pointer, "type"), message, at, Repair::Put(Value::Object(schema)));
    }
}
