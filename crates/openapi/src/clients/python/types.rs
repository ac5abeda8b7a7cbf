//! Schemas as Python types. An object with named fields becomes a `TypedDict`.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use serde_json::Value;

use super::super::names::{Names, is_name, pascal};
use super::super::{MAX_BYTES, MAX_TYPES};
use super::{KEYWORDS, docstring};
use crate::samples::{is_binary, quoted};
use crate::spec::{Spec, is_annotation, pointer_of};

const RESERVED: &[&str] = &["Any", "Dict", "List", "Literal", "Optional", "TypedDict", "Union"];
/// Maximum nesting of a schema; deeper schemas become `Any`.
const MAX_DEPTH: usize = 100;
/// Maximum number of schemas that may describe one value.
const MAX_PARTS: usize = 64;

pub struct Types<'a> {
    spec: &'a Spec,
    components: HashMap<String, String>,
    /// Types without a name in the document that were already written, by the address of their
    /// schema. A circle leads to the same schema again and again.
    made: HashMap<usize, String>,
    /// Targets of references that are not components and are still to be written.
    pending: Vec<(String, &'a Value)>,
    taken: Names,
    definitions: String,
    left: usize,
}

/// The current position: its depth, and the name of a type that is created here.
#[derive(Clone)]
pub struct At {
    depth: usize,
    name: String,
}

impl At {
    pub fn named(name: String) -> Self {
        Self { depth: 0, name }
    }

    fn deeper(&self, steps: usize, name: &str) -> Self {
        // Endless nesting would give endless names.
        let name = if self.name.len() > 80 {
            self.name.clone()
        } else {
            self.name.clone() + &pascal(name, "Field")
        };
        Self { depth: self.depth + steps, name }
    }
}

impl<'a> Types<'a> {
    pub fn of(spec: &'a Spec) -> Self {
        let mut types = Self {
            spec,
            components: HashMap::new(),
            made: HashMap::new(),
            pending: Vec::new(),
            taken: Names::reserving(RESERVED),
            definitions: String::new(),
            left: MAX_TYPES,
        };
        let schemas = spec.root.pointer("/components/schemas").and_then(Value::as_object);
        let mut all = Vec::new();
        for (name, schema) in schemas.into_iter().flatten() {
            let pointer =
                format!("/components/schemas/{}", name.replace('~', "~0").replace('/', "~1"));
            let name = types.take(pascal(name, "Schema"));
            types.components.insert(pointer, name.clone());
            all.push((name, schema));
        }
        for (name, schema) in all {
            types.define(&name, schema);
        }
        types
    }

    /// The whole module, and whether parts were left out because of the limit.
    pub fn module(mut self) -> (String, bool) {
        while let Some((name, schema)) = self.pending.pop() {
            self.define(&name, schema);
        }
        let module = format!(
            "\"\"\"Types of requests and responses.\"\"\"\n\nfrom typing import Any, Dict, List, Literal, Optional, TypedDict, Union\n\n{}",
            self.definitions
        );
        (module, self.left == 0)
    }

    /// Whether this much may still be written. If not, nothing more is written.
    fn afford(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        if self.definitions.len() > MAX_BYTES {
            self.left = 0;
        }
        self.left > 0
    }

    fn take(&mut self, name: String) -> String {
        self.taken.take(if KEYWORDS.contains(&name.as_str()) { name + "Type" } else { name })
    }

    fn define(&mut self, name: &str, schema: &'a Value) {
        if !self.afford(1) {
            return;
        }
        let mut parts = Vec::new();
        if schema.get("$ref").is_none() {
            self.gather(schema, &mut parts, 0);
        }
        if is_record(&parts) {
            return self.record(name, &parts, &At::named(name.to_owned()));
        }
        let written = self.written(schema, &At::named(format!("{name}Value")));
        // A name in quotes without `Union` would be a string.
        _ = write!(self.definitions, "{name} = Union[{written}]\n\n");
    }

    /// The type, with names of this module in quotes.
    pub fn written(&mut self, schema: &'a Value, at: &At) -> String {
        if at.depth > MAX_DEPTH || !self.afford(1) {
            return "Any".to_owned();
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Some(pointer) = pointer_of(reference) else { return "Any".to_owned() };
            return self.referred(pointer);
        }
        if let Some(value) = schema.get("const") {
            return literals(&[value]);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            if !self.afford(values.len()) {
                return "Any".to_owned();
            }
            return literals(&values.iter().collect::<Vec<_>>());
        }
        if let Some(part) = only_part(schema) {
            return self.written(part, &at.deeper(1, ""));
        }
        let mut parts = Vec::new();
        self.gather(schema, &mut parts, 0);
        if is_record(&parts) {
            let address = std::ptr::from_ref(schema).addr();
            if let Some(name) = self.made.get(&address) {
                return quoted(name);
            }
            let name = self.take(at.name.clone());
            self.made.insert(address, name.clone());
            self.record(&name, &parts, &At { name: name.clone(), ..at.clone() });
            return quoted(&name);
        }
        let branches: Vec<&Value> = ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|key| schema.get(key)?.as_array())
            .flatten()
            .collect();
        if !branches.is_empty() {
            let branches = branches.into_iter().enumerate();
            return union(
                branches
                    .map(|(index, branch)| {
                        self.written(branch, &at.deeper(1, &format!("Choice{}", index + 1)))
                    })
                    .collect(),
            );
        }
        // The last schema is the most specific one: inherited schemas come first.
        if let Some(part) =
            schema.get("allOf").and_then(Value::as_array).and_then(|parts| parts.last())
        {
            return self.written(part, &at.deeper(1, ""));
        }
        match schema.get("type") {
            Some(Value::Array(kinds)) => union(
                kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|kind| self.of_kind(kind, schema, at))
                    .collect(),
            ),
            Some(Value::String(kind)) => self.of_kind(kind, schema, at),
            _ => "Any".to_owned(),
        }
    }

    /// A component by its name, however often it is referred to.
    fn referred(&mut self, pointer: String) -> String {
        if let Some(name) = self.components.get(&pointer) {
            return quoted(name);
        }
        let Some(target) = self.spec.root.pointer(&pointer) else { return "Any".to_owned() };
        let name = self.take(pascal(pointer.rsplit('/').next().unwrap_or_default(), "Schema"));
        self.components.insert(pointer, name.clone());
        self.pending.push((name.clone(), target));
        quoted(&name)
    }

    fn of_kind(&mut self, kind: &str, schema: &'a Value, at: &At) -> String {
        match kind {
            "string" if is_binary(schema) => "bytes".to_owned(),
            "string" => "str".to_owned(),
            "integer" => "int".to_owned(),
            "number" => "float".to_owned(),
            "boolean" => "bool".to_owned(),
            "null" => "None".to_owned(),
            "array" => format!(
                "List[{}]",
                schema.get("items").map_or_else(
                    || "Any".to_owned(),
                    |items| self.written(items, &at.deeper(1, "Item"))
                )
            ),
            "object" if schema.get("properties").is_none() => {
                let values = schema.get("additionalProperties").filter(|extra| extra.is_object());
                format!(
                    "Dict[str, {}]",
                    values.map_or_else(
                        || "Any".to_owned(),
                        |values| self.written(values, &at.deeper(1, "Value"))
                    )
                )
            }
            "object" => "Dict[str, Any]".to_owned(),
            _ => "Any".to_owned(),
        }
    }

    /// All schemas that describe one value: the schema itself, its references, and `allOf`.
    fn gather(&self, schema: &'a Value, parts: &mut Vec<&'a Value>, depth: usize) {
        if depth > MAX_PARTS || parts.len() >= MAX_PARTS {
            return;
        }
        parts.push(schema);
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(pointer_of);
        let target = reference.and_then(|pointer| self.spec.root.pointer(&pointer));
        let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        target.into_iter().chain(all).for_each(|part| self.gather(part, parts, depth + 1));
    }

    fn record(&mut self, name: &str, parts: &[&'a Value], at: &At) {
        let required: HashSet<&str> = parts
            .iter()
            .filter_map(|part| part.get("required")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let (mut fields, mut seen): (Vec<(&str, bool, String)>, _) = (Vec::new(), HashSet::new());
        for (field, schema) in
            parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten()
        {
            if seen.insert(field) {
                fields.push((
                    field,
                    required.contains(field.as_str()),
                    self.written(schema, &at.deeper(1, field)),
                ));
            }
        }
        let text =
            parts.iter().find_map(|part| part.get("description")?.as_str()).unwrap_or_default();
        let (required, optional): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|(_, is_required, _)| *is_required);
        let base = if required.is_empty() {
            "TypedDict".to_owned()
        } else {
            let base = self.take(format!("_{name}Required"));
            _ = write!(self.definitions, "{}\n\n", functional(&base, &required, ""));
            base
        };
        let can_be_class = optional.iter().all(|(field, ..)| {
            is_name(field) && !field.starts_with("__") && !KEYWORDS.contains(field)
        });
        let (bases, fields) = if can_be_class {
            (
                base,
                optional
                    .iter()
                    .map(|(field, _, kind)| format!("    {field}: {kind}\n"))
                    .collect::<String>(),
            )
        } else {
            let other = self.take(format!("_{name}Optional"));
            _ = write!(self.definitions, "{}\n\n", functional(&other, &optional, ", total=False"));
            (if base == "TypedDict" { other } else { format!("{base}, {other}") }, String::new())
        };
        let mut body = docstring(text, "    ") + &fields;
        if body.is_empty() {
            body.push_str("    pass\n");
        }
        _ = write!(self.definitions, "class {name}({bases}, total=False):\n{body}\n\n");
    }
}

/// The only schema in `allOf`, if only texts are added to it: this is how 3.0 describes a
/// reference.
fn only_part(schema: &Value) -> Option<&Value> {
    let keywords = schema.as_object()?;
    let [part] = keywords.get("allOf")?.as_array()?.as_slice() else { return None };
    keywords.keys().all(|key| key == "allOf" || is_annotation(key)).then_some(part)
}

fn functional(name: &str, fields: &[(&str, bool, String)], options: &str) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(field, _, kind)| format!("    {}: {kind},\n", quoted(field))).collect();
    format!("{name} = TypedDict({}, {{\n{}}}{options})", quoted(name), fields.concat())
}

/// Whether it has named fields and no other parts.
fn is_record(parts: &[&Value]) -> bool {
    let has = |key: &str| parts.iter().any(|part| part.get(key).is_some());
    let is_object = parts.iter().filter_map(|part| part.get("type")).all(|kind| kind == "object");
    let has_fields = parts.iter().any(|part| {
        part.get("properties").and_then(Value::as_object).is_some_and(|fields| !fields.is_empty())
    });
    has_fields && is_object && !has("oneOf") && !has("anyOf")
}

fn literals(values: &[&Value]) -> String {
    let written = |value: &Value| match value {
        Value::String(text) => Some(quoted(text)),
        Value::Bool(yes) => Some(if *yes { "True" } else { "False" }.to_owned()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Null => Some("None".to_owned()),
        _ => None,
    };
    match values.iter().map(|value| written(value)).collect::<Option<Vec<_>>>() {
        Some(values) if !values.is_empty() => format!("Literal[{}]", values.join(", ")),
        _ => "Any".to_owned(),
    }
}

pub fn union(types: Vec<String>) -> String {
    let mut seen = HashSet::new();
    let unique: Vec<String> = types.into_iter().filter(|name| seen.insert(name.clone())).collect();
    match unique.as_slice() {
        [] => "Any".to_owned(),
        [one] => one.clone(),
        many if many.iter().any(|name| name == "Any") => "Any".to_owned(),
        many => format!("Union[{}]", many.join(", ")),
    }
}
