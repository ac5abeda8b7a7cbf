//! Adapts schemas to the direction of a value: a request has no `readOnly` fields, and a response
//! no `writeOnly` fields. A field that is not sent is not required.

use serde_json::{Map, Value};

use crate::spec::{all_schemas_in, pointer_of, schemas_in};

/// Maximum number of parts of one schema for the same value, including parts of parts.
const MAX_PARTS: usize = 256;
/// Maximum nesting of values from which fields are removed.
const MAX_DEPTH: usize = 64;

/// The direction of a schema: a request omits `readOnly` fields, a response omits `writeOnly`
/// fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Request,
    Answer,
}

impl Direction {
    /// The keyword of fields that are not sent.
    fn keyword(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Answer => "writeOnly",
        }
    }

    /// Whether a field with this schema is not sent.
    pub fn hides(self, root: &Value, property: &Value) -> bool {
        parts(root, property)
            .iter()
            .any(|part| part.get(self.keyword()) == Some(&Value::Bool(true)))
    }

    /// The document as it applies in this direction. `None` if it is the same, because a copy of a
    /// large document takes as much memory again.
    pub(super) fn adapted(self, root: &Value) -> Option<Value> {
        let mut is_used = false;
        all_schemas_in(root, &mut |schema, _| {
            is_used |= schema.get(self.keyword()) == Some(&Value::Bool(true));
        });
        let mut relaxed = Vec::new();
        if is_used {
            all_schemas_in(root, &mut |schema, pointer| {
                self.relax(root, schema, pointer, &mut relaxed);
            });
        }
        (!relaxed.is_empty()).then(|| applied(root.clone(), relaxed))
    }

    /// The same for a schema that refers to a document that was already adapted.
    pub(super) fn adapted_schema(self, root: &Value, schema: &Value) -> Value {
        let mut relaxed = Vec::new();
        schemas_in(schema, &mut |schema, pointer| self.relax(root, schema, pointer, &mut relaxed));
        applied(schema.clone(), relaxed)
    }

    /// Fields that `schema`, its references or its `allOf` hide are not required by it, nor by the
    /// schemas in it for the same value.
    fn relax(self, root: &Value, schema: &Value, pointer: &str, relaxed: &mut Vec<Relaxed>) {
        let mut requiring = Vec::new();
        let mut left = MAX_PARTS;
        same_value(schema, pointer, &mut left, &mut |part, pointer| {
            if part.get("required").is_some_and(Value::is_array) {
                requiring.push(pointer.to_owned());
            }
        });
        if requiring.is_empty() {
            return;
        }
        let parts = parts(root, schema);
        let properties = parts.iter().filter_map(|part| part.get("properties")?.as_object());
        let names: Vec<String> = properties
            .flatten()
            .filter(|(_, property)| self.hides(root, property))
            .map(|(name, _)| name.clone())
            .collect();
        if !names.is_empty() {
            relaxed.extend(requiring.into_iter().map(|pointer| (pointer, names.clone())));
        }
    }

    /// `value` without the fields that `schema` hides, at any depth.
    pub fn without_hidden(self, root: &Value, schema: &Value, value: Value) -> Value {
        self.shown(root, &[schema], value, 0)
    }

    fn shown(self, root: &Value, schemas: &[&Value], value: Value, depth: usize) -> Value {
        if depth > MAX_DEPTH || schemas.is_empty() {
            return value;
        }
        let certain: Vec<&Value> = schemas.iter().flat_map(|schema| parts(root, schema)).collect();
        let choices = ["oneOf", "anyOf"].into_iter().flat_map(|keyword| {
            certain.iter().filter_map(move |part| part.get(keyword)?.as_array()).flatten()
        });
        let branches: Vec<&Value> = choices.flat_map(|branch| parts(root, branch)).collect();
        match value {
            Value::Object(fields) => {
                let mut shown = Map::new();
                for (name, field) in fields {
                    let of_certain = named(&certain, &name);
                    let of_branches = named(&branches, &name);
                    let hides = |property: &&Value| self.hides(root, property);
                    let is_hidden = of_certain.iter().any(hides)
                        || !of_branches.is_empty() && of_branches.iter().all(hides);
                    if !is_hidden {
                        let schemas = [of_certain, of_branches].concat();
                        shown.insert(name, self.shown(root, &schemas, field, depth + 1));
                    }
                }
                Value::Object(shown)
            }
            Value::Array(items) => {
                let schemas: Vec<&Value> =
                    certain.iter().chain(&branches).filter_map(|part| part.get("items")).collect();
                items.into_iter().map(|item| self.shown(root, &schemas, item, depth + 1)).collect()
            }
            other => other,
        }
    }
}

fn named<'a>(parts: &[&'a Value], name: &str) -> Vec<&'a Value> {
    parts.iter().filter_map(|part| part.get("properties")?.get(name)).collect()
}

/// The schema and the schemas that certainly apply to the same value: references and `allOf`.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut parts: Vec<&Value> = vec![schema];
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        next += 1;
        let target = part
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(pointer_of)
            .and_then(|pointer| root.pointer(&pointer));
        let all = part.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for more in target.into_iter().chain(all) {
            if parts.len() < MAX_PARTS && !parts.iter().any(|known| std::ptr::eq(*known, more)) {
                parts.push(more);
            }
        }
    }
    parts
}

/// A pointer to a schema, and the names that it does not require.
type Relaxed = (String, Vec<String>);

fn applied(mut value: Value, relaxed: Vec<Relaxed>) -> Value {
    for (pointer, names) in relaxed {
        if let Some(Value::Array(required)) = value.pointer_mut(&format!("{pointer}/required")) {
            required.retain(|name| {
                !name.as_str().is_some_and(|name| names.iter().any(|other| other == name))
            });
        }
    }
    value
}

fn same_value(
    schema: &Value,
    pointer: &str,
    left: &mut usize,
    visit: &mut impl FnMut(&Value, &str),
) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    visit(schema, pointer);
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in
            schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            same_value(part, &format!("{pointer}/{keyword}/{index}"), left, visit);
        }
    }
}
