//! The types that a schema allows, in a few words.

use serde_json::Value;

use super::{Parts, name_of};
use crate::spec::{Spec, pointer_of};

/// Maximum number of types that are listed for one schema.
const MAX_TYPES: usize = 7;

pub fn of(spec: &Spec, parts: &Parts) -> String {
    if parts.refuses_all {
        return "never".to_owned();
    }
    let mut kinds = shared_types(parts);
    if kinds.is_empty() {
        kinds.push(implied(parts));
    }
    if parts.is_nullable && !kinds.contains(&"null") {
        kinds.push("null");
    }
    let words = kinds.into_iter().map(|kind| match kind {
        "array" => parts
            .find("items")
            .map_or_else(|| "array".to_owned(), |items| format!("array of {}", short(spec, items))),
        other => other.to_owned(),
    });
    let mut text = words.collect::<Vec<_>>().join(" or ");
    if let Some(format) = parts.find("format").and_then(Value::as_str) {
        text.push_str(&format!(" ({})", super::clip(format, 60)));
    }
    text
}

/// The types that all parts allow. Parts that contradict each other count as the first of them.
fn shared_types<'a>(parts: &Parts<'a>) -> Vec<&'a str> {
    let mut all: Option<Vec<&str>> = None;
    for kinds in parts.all("type").map(|value| types(Some(value))) {
        let Some(known) = &all else {
            all = Some(kinds);
            continue;
        };
        let is_whole = |of: &[&str]| of.contains(&"number");
        let mut both: Vec<&str> =
            known.iter().filter(|kind| kinds.contains(kind)).copied().collect();
        if !both.contains(&"integer")
            && (known.contains(&"integer") && is_whole(&kinds)
                || kinds.contains(&"integer") && is_whole(known))
        {
            both.push("integer");
        }
        if !both.is_empty() {
            all = Some(both);
        }
    }
    all.unwrap_or_default()
}

fn types(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).take(MAX_TYPES).collect()
        }
        _ => Vec::new(),
    }
}

/// For a schema without a type.
fn implied(parts: &Parts) -> &'static str {
    let has = |keys: &[&str]| keys.iter().any(|key| parts.find(key).is_some());
    if has(&["properties", "additionalProperties", "patternProperties"]) {
        "object"
    } else if has(&["items", "prefixItems"]) {
        "array"
    } else if let Some(first) =
        parts.find("const").or_else(|| parts.find("enum").and_then(|values| values.get(0)))
    {
        match first {
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            Value::Object(_) => "object",
            Value::Array(_) => "array",
            Value::Null => "null",
        }
    } else if has(&["pattern", "minLength", "maxLength"]) {
        "string"
    } else if has(&["minimum", "maximum", "multipleOf"]) {
        "number"
    } else if has(&["oneOf"]) && !parts.is_nullable {
        "one of several"
    } else if has(&["anyOf"]) && !parts.is_nullable {
        "any of several"
    } else {
        "any"
    }
}

/// The name of an item, or its kind.
fn short(spec: &Spec, items: &Value) -> String {
    if let Some(pointer) = items.get("$ref").and_then(Value::as_str).and_then(pointer_of) {
        return name_of(&pointer);
    }
    let kinds = spec.resolve(items).map(|items| types(items.get("type"))).unwrap_or_default();
    if kinds.is_empty() { "values".to_owned() } else { kinds.join(" or ") }
}
