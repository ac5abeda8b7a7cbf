//! Values for parameters and bodies: the document's examples, otherwise values generated from the
//! schema with few optional fields.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::body::is_form;
use crate::mock::Seed;
use crate::mock::generate::{generate_or_closest, overlay};
use crate::schemas::Schemas;
use crate::spec::{Example, Media, Parameter, pointer_of};
use crate::wire::is_json;

/// Maximum number of optional fields of a value, including nested ones.
const OPTIONAL: usize = 4;
const OPTIONAL_NESTED: usize = 1;

/// How deep schemas are followed to find required fields, and values to remove optional ones.
const MAX_DEPTH: usize = 24;

pub struct Values<'a> {
    /// The schemas of requests.
    schemas: &'a Schemas,
    seed: Seed,
}

impl<'a> Values<'a> {
    /// The same `name` gives the same values each time.
    pub fn new(schemas: &'a Schemas, name: &str) -> Self {
        Self { schemas, seed: Seed::of(&[b"sample", name.as_bytes()]) }
    }

    pub fn of_parameter(&self, parameter: &Parameter) -> Value {
        let seed = self.seed.child(&parameter.name);
        let as_text = |value: &Value| self.as_text(&parameter.schema, value);
        let example = parameter.examples.iter().find_map(|example| as_text(&example.value));
        match example.unwrap_or_else(|| self.made(&parameter.schema, &parameter.examples, seed)) {
            Value::Null => Value::from("string"),
            Value::String(text) if text.is_empty() => Value::from("string"),
            value => value,
        }
    }

    /// An example of the document as it is sent, if its schema accepts it. In a URL or header, `12`
    /// and `"12"` are the same.
    fn as_text(&self, schema: &Value, example: &Value) -> Option<Value> {
        let read = example.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let is_plain = example.is_number() || example.is_boolean();
        let written = is_plain.then(|| Value::from(example.to_string()));
        let same = std::iter::once(example.clone()).chain(read).chain(written);
        same.into_iter().find(|value| self.schemas.accepts(schema, value))
    }

    /// The first example that the schema accepts, without the fields that are not sent in requests,
    /// otherwise a generated value. An example that is not accepted is shown with the schema, but
    /// would be refused if it was sent.
    pub fn of_media(&self, media: &Media) -> Value {
        let is_structured = is_json(&media.content_type) || is_form(&media.content_type);
        let as_written = media.examples.first().filter(|_| !is_structured);
        if let Some(example) = as_written.filter(|example| example.value.is_string()) {
            return example.value.clone();
        }
        self.made(&media.schema, &media.examples, self.seed)
    }

    fn made(&self, schema: &Value, examples: &[Example], seed: Seed) -> Value {
        let sent = |example: &Example| {
            let (root, example) = (self.schemas.root(), example.value.clone());
            self.schemas.direction().without_hidden(root, schema, example)
        };
        let sent: Vec<Value> = examples.iter().map(sent).collect();
        let mut all = sent.iter().chain(examples.iter().map(|example| &example.value));
        if let Some(example) = all.find(|value| self.schemas.accepts(schema, value)) {
            return example.clone();
        }
        let full = generate_or_closest(self.schemas, schema, seed);
        let short = self.shortened(&full, &[schema], 0);
        let value = if self.schemas.accepts(schema, &short) { short } else { full };
        match sent.into_iter().next() {
            Some(Value::Object(fields)) if value.is_object() => {
                overlay(self.schemas, schema, value, "", &fields)
            }
            _ => value,
        }
    }

    fn shortened(&self, value: &Value, schemas: &[&Value], depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return value.clone();
        }
        let mut parts = Vec::new();
        schemas.iter().for_each(|schema| self.parts_of(schema, &mut parts, 0));
        match value {
            Value::Object(fields) => {
                let required: HashSet<&str> =
                    parts.iter().flat_map(|part| texts(part, "required")).collect();
                let mut optional = if depth == 0 { OPTIONAL } else { OPTIONAL_NESTED };
                let mut keeps = |name: &str| {
                    let is_required = required.contains(name);
                    if !is_required && optional > 0 {
                        optional -= 1;
                        return true;
                    }
                    is_required
                };
                let kept = fields.iter().filter(|(name, _)| keeps(name));
                Value::Object(
                    kept.map(|(name, field)| {
                        (name.clone(), self.shortened(field, &fields_of(&parts, name), depth + 1))
                    })
                    .collect(),
                )
            }
            Value::Array(items) => {
                let schemas: Vec<&Value> =
                    parts.iter().filter_map(|part| part.get("items")).collect();
                items.iter().map(|item| self.shortened(item, &schemas, depth + 1)).collect()
            }
            other => other.clone(),
        }
    }

    /// The schema and all schemas that describe the same value.
    fn parts_of<'b>(&'b self, schema: &'b Value, parts: &mut Vec<&'b Value>, depth: usize) {
        if depth > MAX_DEPTH || parts.len() > MAX_DEPTH {
            return;
        }
        parts.push(schema);
        let referred = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(pointer_of)
            .and_then(|at| self.schemas.root().pointer(&at));
        let more = ["allOf", "oneOf", "anyOf"]
            .into_iter()
            .filter_map(|key| schema.get(key)?.as_array())
            .flatten();
        referred.into_iter().chain(more).for_each(|part| self.parts_of(part, parts, depth + 1));
    }

    /// Whether the field is a file or a list of files.
    pub fn is_file(&self, schema: &Value, field: &str) -> bool {
        let mut parts = Vec::new();
        self.parts_of(schema, &mut parts, 0);
        fields_of(&parts, field).into_iter().any(|field| {
            let mut parts = Vec::new();
            self.parts_of(field, &mut parts, 0);
            parts.iter().any(|part| is_binary(part) || part.get("items").is_some_and(is_binary))
        })
    }

    /// Whether a body of this schema has any content.
    pub fn is_bytes(&self, schema: &Value) -> bool {
        let mut parts = Vec::new();
        self.parts_of(schema, &mut parts, 0);
        *schema == Value::Bool(true)
            || schema.as_object().is_some_and(Map::is_empty)
            || parts.into_iter().any(is_binary)
    }

    /// The name of the XML element for such a value.
    pub fn element(&self, schema: &Value) -> String {
        let mut parts = Vec::new();
        self.parts_of(schema, &mut parts, 0);
        let named = parts.iter().find_map(|part| part.get("xml")?.get("name")?.as_str());
        let referred =
            schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
        named.or(referred).unwrap_or("root").to_owned()
    }
}

/// Whether a text is bytes: `format: binary` in OpenAPI 3.0, a media type in 3.1.
pub fn is_binary(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == "binary")
        || (schema.get("contentMediaType").is_some() && schema.get("contentEncoding").is_none())
}

fn texts<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn fields_of<'a>(parts: &[&'a Value], name: &str) -> Vec<&'a Value> {
    parts.iter().filter_map(|part| part.get("properties")?.get(name)).collect()
}
