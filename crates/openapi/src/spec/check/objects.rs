//! The conditions on each kind of object, independent of its location.

mod parameters;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::findings::{Findings, shown};
use super::keywords;
use super::repair::Repair;
use super::types::{self, TYPES};
use super::version::Version;
use crate::spec::operations::status;
use crate::spec::walk::{Kind, Shape, join};

type Fields = Map<String, Value>;

pub fn check(kind: Kind, value: &Value, pointer: &str, version: Version, found: &mut Findings) {
    let Value::Object(fields) = value else { return not_an_object(kind, value, pointer, found) };
    shapes(kind, fields, pointer, found);
    if fields.contains_key("$ref") && kind.can_be_reference() {
        // Other fields next to it count only in schemas of 3.1.
        if kind != Kind::Schema || version == Version::V3_0 {
            return;
        }
    }
    match kind {
        Kind::Schema => keywords::check(fields, pointer, version, found),
        Kind::Parameter | Kind::Header => parameters::check(kind, fields, pointer, found),
        Kind::Body => flags(&["required"], fields, pointer, found),
        Kind::Operation => {
            // References that can be followed are replaced before.
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.dangles(pointer, reference);
            }
            flags(&["deprecated"], fields, pointer, found);
            statuses(fields, pointer, found);
        }
        Kind::Media => two_kinds_of_examples(fields, pointer, found),
        _ => {}
    }
}

fn not_an_object(kind: Kind, value: &Value, pointer: &str, found: &mut Findings) {
    let name = kind.name();
    match (kind, value) {
        // A key without a value is treated as absent.
        (Kind::Schema, Value::Bool(_) | Value::Null) => {}
        (Kind::Schema, _) => schema(value, pointer, found),
        (Kind::Operation, Value::Null) => {}
        (Kind::Example, _) => {
            let message = "an example must be an object; this is read as its value; write \
                           `value: …`";
            found.replace(pointer, message, Repair::Put(json!({ "value": value })));
        }
        (Kind::Response, Value::String(text)) => {
            let message = "a response must be an object; the text is read as its description; \
                           write `description: …`";
            found.replace(pointer, message, Repair::Put(json!({ "description": text })));
        }
        (_, Value::Null) => nothing(name, pointer, found),
        (_, Value::Array(items)) if items.is_empty() => nothing(name, pointer, found),
        (Kind::Link | Kind::Security | Kind::Callback | Kind::Encoding | Kind::Header, _) => {
            let message =
                format!("a {name} must be an object; it is ignored; correct or remove it");
            found.warn(pointer, message);
        }
        _ => found.refuse(pointer, format!("a {name} must be an object; write its fields")),
    }
}

fn nothing(name: &str, pointer: &str, found: &mut Findings) {
    let message = format!(
        "the {name} has no fields; it is read as an empty object; write its fields or remove it"
    );
    found.replace(pointer, message, Repair::Put(json!({})));
}

/// A schema that is neither an object nor `true` or `false`.
fn schema(value: &Value, pointer: &str, found: &mut Findings) {
    let is_empty = value.as_array().is_some_and(Vec::is_empty);
    let named = value.as_str().and_then(|_| types::read(value));
    let (reading, schema) = match named {
        Some((types, format)) => {
            let mut schema = Map::new();
            let types = if let [one] = types.as_slice() { json!(one) } else { json!(types) };
            schema.insert("type".to_owned(), types);
            schema.extend(format.map(|format| ("format".to_owned(), json!(format))));
            (format!("it is read as `{}`", Value::from(schema.clone())), json!(schema))
        }
        None if is_empty => ("every value is allowed".to_owned(), json!({})),
        None => {
            let why = format!("This must be an object, `true` or `false`, not {}.", kind_of(value));
            let mut schema = Map::new();
            crate::spec::normalise::leave_out(&mut schema, "type", &why);
            ("values are not checked against it".to_owned(), json!(schema))
        }
    };
    let message = format!(
        "a schema must be an object, `true` or `false`; {reading}; write an object, such as \
         `type: {}`",
        TYPES.last().copied().unwrap_or_default()
    );
    found.replace(pointer, message, Repair::Put(schema));
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Number(_) => "a number",
        _ => "a list",
    }
}

/// Fields that contain other objects.
fn shapes(kind: Kind, fields: &Fields, pointer: &str, found: &mut Findings) {
    if kind == Kind::Callback {
        return;
    }
    for (key, value) in fields {
        let (wanted, empty) = match kind.field(key) {
            Some((Shape::List, _)) if !value.is_array() => ("a list", json!([])),
            Some((Shape::Map | Shape::Named, _)) if !value.is_object() => ("an object", json!({})),
            _ => continue,
        };
        let at = join(pointer, key);
        // Programs in PHP write an empty object as a list.
        let is_empty = match value {
            // A key without a value is treated as absent.
            Value::Null => continue,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        if is_empty {
            let message = format!("`{key}` must be {wanted}; it is read as empty; write `{empty}`");
            found.replace(&at, message, Repair::Put(empty));
        } else if let (Kind::Parameter | Kind::Header | Kind::Media, "examples", Some(examples)) =
            (kind, key.as_str(), value.as_array())
        {
            let named = examples.iter().enumerate().map(|(index, example)| {
                (format!("example{}", index + 1), json!({ "value": example }))
            });
            let message = "`examples` must be an object; its items are read as examples with \
                           numbers for names; write `name: {value: …}` for each";
            found.replace(&at, message, Repair::Put(Value::Object(named.collect())));
        } else if kind == Kind::Schema {
            let message =
                format!("`{key}` must be {wanted}; values are not checked against it; correct it");
            let why = format!("This must be {wanted}.");
            let repair = Repair::LeaveOut { keyword: key.clone(), why };
            found.correct(at, message, pointer, repair);
        } else {
            found.refuse(at, format!("`{key}` must be {wanted}"));
        }
    }
}

/// Fields that must be `true` or `false`.
fn flags(names: &[&str], fields: &Fields, pointer: &str, found: &mut Findings) {
    for name in names {
        let Some(value) = fields.get(*name) else { continue };
        let text = value.as_str().map(|text| text.trim().to_lowercase());
        let read = match text.as_deref() {
            Some("true" | "yes") => Some(true),
            Some("false" | "no" | "") => Some(false),
            _ => None,
        };
        if value.is_boolean() || value.is_null() {
            continue;
        }
        let (reading, repair) = match read {
            Some(read) => (format!("it is read as `{read}`"), Repair::Put(json!(read))),
            None => ("it is ignored".to_owned(), Repair::Remove),
        };
        let message = format!("`{name}` must be `true` or `false` without quotes; {reading}");
        found.replace(&join(pointer, name), message + "; correct it", repair);
    }
}

fn two_kinds_of_examples(fields: &Fields, pointer: &str, found: &mut Findings) {
    let is_given = |key: &str| fields.get(key).is_some_and(|value| !value.is_null());
    let has_named = fields
        .get("examples")
        .and_then(Value::as_object)
        .is_some_and(|examples| !examples.is_empty());
    if is_given("example") && has_named {
        let message = "`example` is next to `examples`; only `examples` counts; remove `example`";
        found.warn(join(pointer, "example"), message);
    }
}

fn statuses(operation: &Fields, pointer: &str, found: &mut Findings) {
    let Some(Value::Object(responses)) = operation.get("responses") else { return };
    let at = join(pointer, "responses");
    let mut taken: HashSet<String> = responses.keys().cloned().collect();
    for written in responses.keys().filter(|written| !written.starts_with("x-")) {
        let read = status(written);
        if read.as_ref().is_some_and(|read| read.eq_ignore_ascii_case(written)) {
            continue;
        }
        let (reading, repair) = match read.filter(|read| taken.insert(read.clone())) {
            Some(read) => (format!("it is read as `{read}`"), Repair::Rename(read)),
            None => ("the response is left out".to_owned(), Repair::Remove),
        };
        let message = format!(
            "`{}` is not a status; {reading}; write a status such as 200, a class such as 4XX, or \
             `default`",
            shown(written)
        );
        found.replace(&join(&at, written), message, repair);
    }
}
