//! What a schema says about the shape of a value: its kinds, items and properties.

use serde_json::Value;

use crate::spec::resolve;

/// How deep nested schemas are searched.
const MAX_DEPTH: usize = 16;
/// Maximum number of schemas that are read for one value.
const MAX_PARTS: usize = 2_000;
/// Maximum number of branches that are tried for one value.
const MAX_BRANCHES: usize = 32;

/// The kinds of values that a schema allows. A schema that names none allows single values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Numbers, booleans, strings.
    pub single: bool,
    pub array: bool,
    pub object: bool,
}

impl Kinds {
    pub fn is_single(self) -> bool {
        !self.array && !self.object
    }
}

pub fn kinds_of(root: &Value, schema: &Value) -> Kinds {
    let mut kinds = Kinds::default();
    let mut of_type = |kind: &str| match kind {
        "array" => kinds.array = true,
        "object" => kinds.object = true,
        "null" => {}
        _ => kinds.single = true,
    };
    each(root, schema, &mut |part| match part.get("type") {
        Some(Value::String(one)) => of_type(one),
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).for_each(&mut of_type),
        _ => {
            let has = |keywords: &[&str]| keywords.iter().any(|key| part.get(*key).is_some());
            if has(&["items", "prefixItems"]) {
                of_type("array");
            }
            if has(&["properties", "patternProperties", "additionalProperties", "required"]) {
                of_type("object");
            }
            let values = part.get("enum").and_then(Value::as_array).into_iter().flatten();
            values.chain(part.get("const")).for_each(|value| of_type(type_of(value)));
        }
    });
    kinds.single |= kinds.is_single();
    kinds
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
        _ => "string",
    }
}

/// The schema of the item at `index`. `null` if there is none.
pub fn item_of<'a>(root: &'a Value, schema: &'a Value, index: usize) -> &'a Value {
    find(root, schema, &|part| {
        let first = part.get("prefixItems").and_then(Value::as_array);
        first.and_then(|first| first.get(index)).or_else(|| part.get("items"))
    })
}

/// The schema of a property. `null` if there is none.
pub fn property_of<'a>(root: &'a Value, schema: &'a Value, name: &str) -> &'a Value {
    let own = find(root, schema, &|part| part.get("properties")?.get(name));
    if own == &Value::Null { others_of(root, schema) } else { own }
}

/// The schema of properties that are not declared by name. `null` if there is none.
pub fn others_of<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    find(root, schema, &|part| part.get("additionalProperties").filter(|more| more.is_object()))
}

/// The names of all declared properties, each once.
pub fn names_of<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut seen = std::collections::HashSet::new();
    each(root, schema, &mut |part| {
        let properties = part.get("properties").and_then(Value::as_object).into_iter().flatten();
        names.extend(properties.map(|(name, _)| name.as_str()).filter(|name| seen.insert(*name)));
    });
    names
}

/// The choices of `anyOf` and `oneOf` that describe the same value.
pub fn branches_of<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut branches = Vec::new();
    each(root, schema, &mut |part| {
        for keyword in ["anyOf", "oneOf"] {
            branches.extend(part.get(keyword).and_then(Value::as_array).into_iter().flatten());
        }
    });
    branches.truncate(MAX_BRANCHES);
    branches
}

fn find<'a>(
    root: &'a Value,
    schema: &'a Value,
    get: &dyn Fn(&'a Value) -> Option<&'a Value>,
) -> &'a Value {
    let mut found = None;
    each(root, schema, &mut |part| found = found.or_else(|| get(part)));
    found.unwrap_or(&Value::Null)
}

/// Calls `visit` with the schema and all schemas that describe the same value.
pub fn each<'a>(root: &'a Value, schema: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    let mut left = MAX_PARTS;
    descend(root, schema, 0, &mut left, visit);
}

fn descend<'a>(
    root: &'a Value,
    schema: &'a Value,
    depth: usize,
    left: &mut usize,
    visit: &mut dyn FnMut(&'a Value),
) {
    if depth > MAX_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    visit(schema);
    if schema.get("$ref").is_some()
        && let Some(target) = resolve(root, schema)
    {
        descend(root, target, depth + 1, left, visit);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            descend(root, part, depth + 1, left, visit);
        }
    }
}
