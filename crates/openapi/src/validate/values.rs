//! Converts the texts of parameters to the types that their schema expects.

use serde_json::{Map, Value};

use crate::schemas::Schemas;
use crate::spec::resolve;

/// How deep nested schemas are searched.
const MAX_DEPTH: usize = 16;

/// The types that a schema allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub array: bool,
    pub object: bool,
}

pub fn kinds_of(root: &Value, schema: &Value) -> Kinds {
    let mut kinds = Kinds::default();
    each(root, schema, 0, &mut |part| {
        let is = |kind: &str| match part.get("type") {
            Some(Value::String(one)) => one == kind,
            Some(Value::Array(many)) => many.iter().any(|one| one == kind),
            _ => false,
        };
        let is_untyped = part.get("type").is_none();
        kinds.array |= is("array") || (is_untyped && part.get("items").is_some());
        kinds.object |= is("object") || (is_untyped && part.get("properties").is_some());
    });
    kinds
}

/// The schema of items, or of one property.
pub fn items_of<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    find(root, schema, &|part| part.get("items"))
}

pub fn property_of<'a>(root: &'a Value, schema: &'a Value, name: &str) -> &'a Value {
    let own = find(root, schema, &|part| part.get("properties")?.get(name));
    if own == &Value::Null {
        find(root, schema, &|part| part.get("additionalProperties").filter(|more| more.is_object()))
    } else {
        own
    }
}

pub fn names_of(root: &Value, schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    each(root, schema, 0, &mut |part| {
        names.extend(
            part.get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
    });
    names
}

fn find<'a>(
    root: &'a Value,
    schema: &'a Value,
    get: &dyn Fn(&'a Value) -> Option<&'a Value>,
) -> &'a Value {
    let mut found = None;
    each(root, schema, 0, &mut |part| found = found.or_else(|| get(part)));
    found.unwrap_or(&Value::Null)
}

/// The schema and all schemas that describe the same value.
fn each<'a>(root: &'a Value, schema: &'a Value, depth: usize, visit: &mut dyn FnMut(&'a Value)) {
    if depth > MAX_DEPTH {
        return;
    }
    visit(schema);
    if schema.get("$ref").is_some()
        && let Some(target) = resolve(root, schema)
    {
        each(root, target, depth + 1, visit);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            each(root, part, depth + 1, visit);
        }
    }
}

/// Converts the text to the first type that the schema accepts: number, boolean, null, string. If
/// it accepts none, converts it to the expected type, so that the error refers to this type.
pub fn read(schemas: &Schemas, schema: &Value, text: &str) -> Value {
    let string = Value::String(text.to_owned());
    // A number in place of a string stays a string, `007` with its zeros.
    if schema.is_null() || schemas.accepts(schema, &string) {
        return string;
    }
    let candidates = [number(text), boolean(text), text.is_empty().then_some(Value::Null)];
    let fitting = candidates.iter().flatten().find(|candidate| schemas.accepts(schema, candidate));
    fitting
        .or_else(|| {
            candidates.iter().flatten().find(|candidate| is_meant(schemas, schema, candidate))
        })
        .cloned()
        .unwrap_or(string)
}

/// Only JSON's numbers, without leading spaces, which the parser would skip.
fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        || !text.ends_with(|last: char| last.is_ascii_digit())
    {
        return None;
    }
    serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number)
}

fn boolean(text: &str) -> Option<Value> {
    text.parse::<bool>().ok().map(Value::Bool)
}

/// Whether a value has the type that the schema expects, whatever else is wrong with it.
fn is_meant(schemas: &Schemas, schema: &Value, value: &Value) -> bool {
    let mut is_meant = false;
    each(schemas.root(), schema, 0, &mut |part| {
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            _ => "null",
        };
        let is = |one: &Value| one == kind || (kind == "number" && one == "integer");
        is_meant |= part.get("type").is_some_and(|types| {
            is(types) || types.as_array().is_some_and(|many| many.iter().any(is))
        });
    });
    is_meant
}

pub fn array(schemas: &Schemas, schema: &Value, texts: impl Iterator<Item = String>) -> Value {
    let items = items_of(schemas.root(), schema);
    texts.map(|text| read(schemas, items, &text)).collect()
}

pub fn object(
    schemas: &Schemas,
    schema: &Value,
    fields: impl Iterator<Item = (String, String)>,
) -> Value {
    let read_field = |(name, text): (String, String)| {
        let property = property_of(schemas.root(), schema, &name);
        let value = read(schemas, property, &text);
        (name, value)
    };
    Value::Object(fields.map(read_field).collect::<Map<_, _>>())
}
