//! Schemas as TypeScript types.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use serde_json::Value;

use super::super::names::{Names, is_name, pascal};
use super::super::{MAX_BYTES, MAX_TYPES};
use super::comment;
use crate::samples::{is_binary, quoted};
use crate::spec::{Spec, pointer_of};

/// Names that the declarations themselves use.
const RESERVED: &[&str] = &[
    "ApiError",
    "Array",
    "ArrayBuffer",
    "BaseClient",
    "Blob",
    "CallOptions",
    "Client",
    "ClientOptions",
    "Problem",
    "Promise",
    "Uint8Array",
];
/// Maximum nesting of a schema; deeper schemas become `unknown`. The target of a reference that is
/// not a component is written inline and counts as many levels.
const MAX_DEPTH: usize = 100;
const STRAY_DEPTH: usize = 34;
/// Maximum number of references that are followed to find circles.
const MAX_STEPS: usize = 10_000_000;

pub struct Types<'a> {
    spec: &'a Spec,
    /// By pointer, in the order of the document.
    components: Vec<(String, &'a Value)>,
    names: HashMap<String, String>,
    /// References that would make an alias refer to itself: pairs of pointers.
    broken: BTreeSet<(String, String)>,
    left: Cell<usize>,
}

/// The current position.
#[derive(Clone, Copy)]
struct At<'a> {
    depth: usize,
    /// The component that this is the definition of, unless an object or a list is in between.
    alias: Option<&'a str>,
}

impl<'a> Types<'a> {
    pub fn of(spec: &'a Spec) -> Self {
        let schemas = spec.root.pointer("/components/schemas").and_then(Value::as_object);
        let pointer = |name: &str| {
            format!("/components/schemas/{}", name.replace('~', "~0").replace('/', "~1"))
        };
        let mut taken = Names::reserving(RESERVED);
        let (mut components, mut names) = (Vec::new(), HashMap::new());
        for (name, schema) in schemas.into_iter().flatten() {
            names.insert(pointer(name), taken.take(pascal(name, "Schema")));
            components.push((pointer(name), schema));
        }
        let broken = circles(&components);
        Self { spec, components, names, broken, left: Cell::new(MAX_TYPES) }
    }

    pub fn definitions(&self) -> String {
        let mut out = String::new();
        for (pointer, schema) in &self.components {
            if out.len() > MAX_BYTES {
                self.left.set(0);
                break;
            }
            let Some(name) = self.names.get(pointer) else { continue };
            out.push_str(&comment(
                schema.get("description").and_then(Value::as_str).unwrap_or_default(),
                "",
            ));
            let written = self.written(schema, At { depth: 0, alias: Some(pointer) });
            _ = if is_plain_object(schema) && written.starts_with('{') {
                write!(out, "export interface {name} {written}\n\n")
            } else {
                write!(out, "export type {name} = {written};\n\n")
            };
        }
        out
    }

    /// Whether parts were left out because of the limit.
    pub fn are_cut(&self) -> bool {
        self.left.get() == 0
    }

    fn afford(&self, count: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(count));
        self.left.get() > 0
    }

    pub fn type_of(&self, schema: &Value) -> String {
        self.written(schema, At { depth: 0, alias: None })
    }

    fn written(&self, schema: &Value, at: At) -> String {
        if at.depth > MAX_DEPTH || !self.afford(1) {
            return "unknown".to_owned();
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.referred(reference, at);
        }
        if let Some(value) = schema.get("const") {
            return literal(value);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return if self.afford(values.len()) {
                union(values.iter().map(literal).collect())
            } else {
                "unknown".to_owned()
            };
        }
        let at = At { depth: at.depth + 1, ..at };
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        let mut all: Vec<String> =
            list("allOf").into_iter().flatten().map(|part| self.written(part, at)).collect();
        for key in ["oneOf", "anyOf"] {
            all.extend(list(key).map(|branches| {
                union(branches.iter().map(|branch| self.written(branch, at)).collect())
            }));
        }
        let has_description = schema.get("properties").is_some()
            || schema.get("additionalProperties").is_some_and(|extra| extra.is_object());
        if all.is_empty() || has_description {
            all.push(self.own(schema, at));
        }
        all.retain(|part| part != "unknown");
        match all.as_slice() {
            [] => "unknown".to_owned(),
            [one] => one.clone(),
            parts => parts
                .iter()
                .map(|part| if part.contains(" | ") { format!("({part})") } else { part.clone() })
                .collect::<Vec<_>>()
                .join(" & "),
        }
    }

    fn referred(&self, reference: &str, at: At) -> String {
        let Some(pointer) = pointer_of(reference) else { return "unknown".to_owned() };
        match self.names.get(&pointer) {
            Some(name) => {
                let is_broken = at.alias.is_some_and(|alias| {
                    self.broken.contains(&(alias.to_owned(), pointer.clone()))
                });
                if is_broken { "unknown".to_owned() } else { name.clone() }
            }
            // Another part of the document, which may be in a circle.
            None => match self.spec.root.pointer(&pointer) {
                Some(target) => self.written(target, At { depth: at.depth + STRAY_DEPTH, ..at }),
                None => "unknown".to_owned(),
            },
        }
    }

    /// The schema without its compositions.
    fn own(&self, schema: &Value, at: At) -> String {
        match schema.get("type") {
            Some(Value::Array(kinds)) => union(
                kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|kind| self.of_kind(kind, schema, at))
                    .collect(),
            ),
            Some(Value::String(kind)) => self.of_kind(kind, schema, at),
            _ if schema.get("properties").is_some()
                || schema.get("additionalProperties").is_some() =>
            {
                self.of_kind("object", schema, at)
            }
            _ if schema.get("items").is_some() => self.of_kind("array", schema, at),
            _ if *schema == Value::Bool(false) => "never".to_owned(),
            _ => "unknown".to_owned(),
        }
    }

    fn of_kind(&self, kind: &str, schema: &Value, at: At) -> String {
        let inner = At { depth: at.depth + 1, alias: None };
        match kind {
            "string" if is_binary(schema) => "Blob".to_owned(),
            "string" => "string".to_owned(),
            "integer" | "number" => "number".to_owned(),
            "boolean" => "boolean".to_owned(),
            "null" => "null".to_owned(),
            "array" => {
                let items = ["prefixItems"]
                    .into_iter()
                    .filter_map(|key| schema.get(key)?.as_array())
                    .flatten()
                    .chain(schema.get("items"));
                format!("Array<{}>", union(items.map(|item| self.written(item, inner)).collect()))
            }
            "object" => self.object(schema, inner),
            _ => "unknown".to_owned(),
        }
    }

    fn object(&self, schema: &Value, at: At) -> String {
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .filter(|properties| !properties.is_empty());
        let Some(properties) = properties else {
            let extra = schema
                .get("additionalProperties")
                .map_or_else(|| "unknown".to_owned(), |extra| self.written(extra, at));
            return format!("{{ [key: string]: {extra} }}");
        };
        let indent = "  ".repeat((at.depth.min(16) / 2).max(1));
        let required = schema.get("required").and_then(Value::as_array);
        let required: BTreeSet<&str> =
            required.into_iter().flatten().filter_map(Value::as_str).collect();
        let mut out = "{\n".to_owned();
        for (name, field) in properties {
            let mark = if required.contains(name.as_str()) { "" } else { "?" };
            out.push_str(&comment(
                field.get("description").and_then(Value::as_str).unwrap_or_default(),
                &indent,
            ));
            _ = writeln!(out, "{indent}{}{mark}: {};", key(name), self.written(field, at));
        }
        if schema
            .get("additionalProperties")
            .is_some_and(|extra| extra.is_object() || *extra == Value::Bool(true))
        {
            _ = writeln!(out, "{indent}[key: string]: unknown;");
        }
        out + indent.get(2..).unwrap_or_default() + "}"
    }
}

pub fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { quoted(name) }
}

pub fn union(mut types: Vec<String>) -> String {
    let mut seen = BTreeSet::new();
    types.retain(|name| seen.insert(name.clone()));
    match types.as_slice() {
        [] => "unknown".to_owned(),
        types if types.iter().any(|name| name == "unknown") => "unknown".to_owned(),
        [one] => one.clone(),
        types => types
            .iter()
            .map(|name| if name.contains(" & ") { format!("({name})") } else { name.clone() })
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => "unknown".to_owned(),
        other => other.to_string(),
    }
}

fn is_plain_object(schema: &Value) -> bool {
    ["allOf", "oneOf", "anyOf", "$ref", "enum", "const"]
        .into_iter()
        .all(|key| schema.get(key).is_none())
        && !schema.get("type").is_some_and(Value::is_array)
}

/// References that go back in the document's order to their own origin without an object or list in
/// between. Without these references, no alias refers to itself.
fn circles(components: &[(String, &Value)]) -> BTreeSet<(String, String)> {
    let order: HashMap<&str, usize> = components
        .iter()
        .enumerate()
        .map(|(index, (pointer, _))| (pointer.as_str(), index))
        .collect();
    let direct: Vec<Vec<usize>> = components
        .iter()
        .map(|(_, schema)| {
            let mut found = Vec::new();
            direct_references(schema, &mut found, 0);
            found.iter().filter_map(|pointer| order.get(pointer.as_str()).copied()).collect()
        })
        .collect();
    let left = Cell::new(MAX_STEPS);
    let reaches = |from: usize, to: usize| {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(at) = open.pop() {
            // If it is unknown whether it ends, it counts as a circle.
            if at == to || left.get() == 0 {
                return true;
            }
            left.set(left.get() - 1);
            if seen.insert(at) {
                open.extend(direct.get(at).into_iter().flatten());
            }
        }
        false
    };
    let name = |index: usize| {
        components.get(index).map(|(pointer, _)| pointer.clone()).unwrap_or_default()
    };
    let edges = direct
        .iter()
        .enumerate()
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from, *to)));
    edges
        .filter(|(from, to)| to <= from && reaches(*to, *from))
        .map(|(from, to)| (name(from), name(to)))
        .collect()
}

fn direct_references(schema: &Value, found: &mut Vec<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    found.extend(schema.get("$ref").and_then(Value::as_str).and_then(pointer_of));
    let parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten();
    parts.for_each(|part| direct_references(part, found, depth + 1));
}
