//! Values for parameters and bodies: the document's examples, else what fits the schema.

use serde_json::{Map, Value};

use crate::server::spec::{Example, Media, Parameter, Spec};

/// How deep a value may be nested.
const MAX_DEPTH: usize = 12;

pub struct Values<'a> {
    spec: &'a Spec,
}

impl<'a> Values<'a> {
    pub fn new(spec: &'a Spec) -> Self {
        Self { spec }
    }

    pub fn of_parameter(&self, parameter: &Parameter) -> Value {
        self.of(&parameter.schema, &parameter.examples)
    }

    pub fn of_media(&self, media: &Media) -> Value {
        self.of(&media.schema, &media.examples)
    }

    fn of(&self, schema: &Value, examples: &[Example]) -> Value {
        match examples.first() {
            Some(example) => example.value.clone(),
            None => self.made(schema, 0),
        }
    }

    fn made(&self, schema: &Value, depth: usize) -> Value {
        let Some(schema) = self.spec.resolve(schema) else { return Value::Null };
        let first = |key: &str| schema.get(key).and_then(|values| values.get(0));
        let given = [schema.get("example"), first("examples"), schema.get("const"), schema.get("default"), first("enum")];
        if let Some(value) = given.into_iter().flatten().next() {
            return value.clone();
        }
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(branch) = ["oneOf", "anyOf"].into_iter().find_map(first) {
            return self.made(branch, depth + 1);
        }
        let mut fields = Map::new();
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            fields.extend(parts.iter().filter_map(|part| self.made(part, depth + 1).as_object().cloned()).flatten());
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let required =
                |name: &str| schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|other| other == name));
            fields.extend(
                properties.iter().filter(|(name, _)| required(name)).map(|(name, field)| (name.clone(), self.made(field, depth + 1))),
            );
        }
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.first(),
            other => other,
        };
        match kind.and_then(Value::as_str) {
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(Value::from(1)),
            Some("boolean") => Value::Bool(true),
            Some("array") => Value::Array(schema.get("items").map(|items| self.made(items, depth + 1)).into_iter().collect()),
            Some("string") => Value::from("string"),
            Some("null") => Value::Null,
            _ => Value::Object(fields),
        }
    }

    /// Whether the field is a file.
    pub fn is_binary(&self, schema: &Value, field: &str) -> bool {
        let Some(schema) = self.spec.resolve(schema) else { return false };
        let field = schema.get("properties").and_then(|properties| properties.get(field));
        let items = field.and_then(|field| self.spec.resolve(field)).and_then(|field| field.get("items"));
        [field, items].into_iter().flatten().any(|field| self.is_binary_itself(field))
    }

    /// OpenAPI 3.0 says `format: binary`; 3.1 a media type, or nothing at all.
    pub fn is_binary_itself(&self, schema: &Value) -> bool {
        let Some(schema) = self.spec.resolve(schema) else { return false };
        let is = |key: &str| schema.get(key).is_some();
        schema.get("format").is_some_and(|format| format == "binary")
            || (is("contentMediaType") && !is("contentEncoding"))
            || schema.as_object().is_some_and(Map::is_empty)
            || *schema == Value::Bool(true)
    }
}
