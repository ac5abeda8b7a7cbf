//! A schema as a tree to read: what a value is, what its fields are, and what holds for each.

mod rules;

use std::cell::Cell;

use serde_json::Value;

use crate::server::spec::{Spec, pointer_of};

/// How deep fields are shown.
const MAX_DEPTH: usize = 8;
/// Fields shown of one schema.
const MAX_FIELDS: usize = 600;
/// How many schemas may say something about one value.
const MAX_PARTS: usize = 64;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Empty for the whole; `*` for fields of any name, `[]` for the items of a list, and `or` for what else it may be.
    pub name: String,
    /// `string`, `array of Pet`, `integer or null` …
    pub kind: String,
    pub is_required: bool,
    pub is_deprecated: bool,
    /// `1 to 10`, `matches ^a`, `one of "a", "b"`, `read only` …
    pub rules: Vec<String>,
    /// Markdown.
    pub description: String,
    pub fields: Vec<Outline>,
}

pub fn outline(spec: &Spec, schema: &Value) -> Outline {
    let reader = Reader { spec, left: Cell::new(MAX_FIELDS) };
    reader.read(String::new(), schema, false, &mut Vec::new())
}

struct Reader<'a> {
    spec: &'a Spec,
    /// Fields that may still be shown.
    left: Cell<usize>,
}

/// What is said about one value: the schema, what it refers to, and all of `allOf`.
struct Parts<'a> {
    schemas: Vec<&'a Value>,
    /// References followed.
    names: Vec<&'a str>,
    /// Whether one of them was followed on the way here already.
    is_circle: bool,
}

impl<'a> Parts<'a> {
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.schemas.iter().find_map(|schema| schema.get(key))
    }

    fn lists(&self, key: &'static str) -> impl Iterator<Item = &'a Value> {
        self.schemas.iter().filter_map(move |schema| schema.get(key)?.as_array()).flatten()
    }

    fn is(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }
}

impl<'a> Reader<'a> {
    /// `path` are the references followed on the way here.
    fn read(&self, name: String, schema: &'a Value, is_required: bool, path: &mut Vec<&'a str>) -> Outline {
        let mut parts = Parts { schemas: Vec::new(), names: Vec::new(), is_circle: false };
        self.gather(schema, &mut parts, path, 0);
        let mut outline = Outline {
            name,
            kind: self.kind(&parts),
            is_required,
            is_deprecated: parts.is("deprecated"),
            rules: rules::rules(&parts),
            description: parts.get("description").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
            fields: Vec::new(),
        };
        if parts.is_circle {
            outline.rules.push("as above".to_owned());
        } else if path.len() < MAX_DEPTH {
            let before = path.len();
            path.extend(&parts.names);
            // What has no name counts as a step too.
            path.resize(path.len().max(before + 1), "");
            outline.fields = self.fields(&parts, path);
            path.truncate(before);
        }
        outline
    }

    fn gather(&self, schema: &'a Value, parts: &mut Parts<'a>, path: &[&'a str], depth: usize) {
        if depth > MAX_PARTS || parts.schemas.len() >= MAX_PARTS {
            return;
        }
        parts.schemas.push(schema);
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            if parts.names.contains(&reference) {
                return;
            }
            parts.is_circle |= path.contains(&reference);
            parts.names.push(reference);
            if let Some(target) = pointer_of(reference).and_then(|pointer| self.spec.root.pointer(&pointer)) {
                self.gather(target, parts, path, depth + 1);
            }
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.gather(part, parts, path, depth + 1);
        }
    }

    fn fields(&self, parts: &Parts<'a>, path: &mut Vec<&'a str>) -> Vec<Outline> {
        let mut found: Vec<(String, &'a Value, bool)> = Vec::new();
        for (name, schema) in parts.schemas.iter().filter_map(|schema| schema.get("properties")?.as_object()).flatten() {
            // More are not shown anyway.
            if found.len() < self.left.get() && found.iter().all(|(other, ..)| other != name) {
                found.push((name.clone(), schema, parts.lists("required").any(|required| required == name)));
            }
        }
        let extra = ["additionalProperties", "patternProperties"].into_iter().filter_map(|key| parts.get(key));
        found.extend(
            extra.filter(|schema| schema.as_object().is_some_and(|map| !map.is_empty())).map(|schema| ("*".to_owned(), schema, false)),
        );
        if let Some(items) = parts.get("items").filter(|items| self.has_fields(items)) {
            found.push(("[]".to_owned(), items, false));
        }
        let choices = parts.lists("oneOf").chain(parts.lists("anyOf"));
        found.extend(
            choices.filter(|choice| choice.get("type").is_none_or(|kind| kind != "null")).map(|choice| ("or".to_owned(), choice, false)),
        );
        let mut fields = Vec::new();
        for (name, schema, is_required) in found {
            if self.left.get() == 0 {
                break;
            }
            self.left.set(self.left.get() - 1);
            fields.push(self.read(name, schema, is_required, path));
        }
        fields
    }

    /// Whether more is to be said than the kind says already.
    fn has_fields(&self, schema: &'a Value) -> bool {
        let mut parts = Parts { schemas: Vec::new(), names: Vec::new(), is_circle: false };
        self.gather(schema, &mut parts, &[], 0);
        ["properties", "additionalProperties", "oneOf", "anyOf", "items", "enum", "pattern"].into_iter().any(|key| parts.get(key).is_some())
    }

    fn kind(&self, parts: &Parts<'a>) -> String {
        let named = parts.names.first().map(|reference| reference.rsplit('/').next().unwrap_or_default().to_owned());
        let kinds: Vec<&str> = match parts.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if parts.get("properties").is_some() => vec!["object"],
            _ if parts.get("items").is_some() => vec!["array"],
            _ if parts.get("oneOf").is_some() || parts.get("anyOf").is_some() => vec!["one of several"],
            _ => Vec::new(),
        };
        let described = kinds.iter().map(|kind| match *kind {
            "array" => parts.get("items").map_or_else(|| "array".to_owned(), |items| format!("array of {}", self.kind_of_items(items))),
            "object" => named.clone().unwrap_or_else(|| "object".to_owned()),
            other => match parts.get("format").and_then(Value::as_str).filter(|_| other != "null") {
                Some(format) => format!("{other} ({format})"),
                None => other.to_owned(),
            },
        });
        let described = described.collect::<Vec<_>>().join(" or ");
        if described.is_empty() { named.unwrap_or_else(|| "any".to_owned()) } else { described }
    }

    fn kind_of_items(&self, items: &'a Value) -> String {
        if let Some(name) = items.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next()) {
            return name.to_owned();
        }
        match items.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            _ => "any".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
