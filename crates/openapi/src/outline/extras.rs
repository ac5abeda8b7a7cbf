//! What a schema says beyond its structure: titles, meanings of values, links, deprecation.

use serde_json::{Map, Value};

use super::Parts;
use crate::markdown::clip;

const MAX_TITLE: usize = 200;
const MAX_MEANING: usize = 500;

/// Whether the author hides it from readers (`x-internal: true`).
pub fn is_internal(value: &Value) -> bool {
    value.get("x-internal") == Some(&Value::Bool(true))
}

/// The title, unless it repeats the name.
pub fn title(parts: &Parts) -> String {
    let title = parts.find("title").and_then(Value::as_str).unwrap_or_default();
    if title == parts.name { String::new() } else { clip(title.trim(), MAX_TITLE) }
}

/// The description, followed by a link to further documentation.
pub fn description(parts: &Parts) -> String {
    let text = parts.find("description").and_then(Value::as_str).unwrap_or_default();
    match parts.find("externalDocs").and_then(link) {
        Some(link) if text.trim().is_empty() => link,
        Some(link) => format!("{}\n\n{link}", text.trim_end()),
        None => text.to_owned(),
    }
}

/// External documentation as a Markdown link.
fn link(docs: &Value) -> Option<String> {
    let url = docs.get("url")?.as_str()?;
    let label = docs.get("description").and_then(Value::as_str).unwrap_or("Documentation");
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    let label = label.replace(['[', ']', '<', '>', '`', '\\'], " ");
    let url = url.replace(['<', '>', '\n', '\\'], "");
    Some(format!("[{}](<{}>)", clip(&label, MAX_TITLE), clip(&url, 2_000)))
}

/// What each value means, from `x-enum-varnames`, `x-enumNames`, `x-enumDescriptions` and
/// `x-enum-descriptions`: lists in the order of the values, or objects by value.
pub fn meanings(parts: &Parts, values: &[&Value]) -> Vec<String> {
    const KEYS: [&str; 4] =
        ["x-enum-varnames", "x-enumNames", "x-enumDescriptions", "x-enum-descriptions"];
    let sources: Vec<&Value> = KEYS.iter().filter_map(|key| parts.find(key)).collect();
    if sources.is_empty() {
        return Vec::new();
    }
    let meanings = values.iter().enumerate().map(|(index, value)| {
        let mut words: Vec<&str> = Vec::new();
        for source in &sources {
            let word = match source {
                Value::Array(items) => items.get(index),
                Value::Object(items) => of_value(items, value),
                _ => None,
            };
            words.extend(word.and_then(Value::as_str).filter(|word| !word.is_empty()));
        }
        words.dedup();
        clip(&words.join(": "), MAX_MEANING)
    });
    let meanings: Vec<String> = meanings.collect();
    if meanings.iter().all(String::is_empty) { Vec::new() } else { meanings }
}

fn of_value<'a>(items: &'a Map<String, Value>, value: &Value) -> Option<&'a Value> {
    match value {
        Value::String(text) => items.get(text),
        other => items.get(&other.to_string()),
    }
}

/// Why a schema, parameter or operation is deprecated, if its author gives a reason.
pub fn deprecation(find: impl Fn(&str) -> Option<String>) -> Option<String> {
    ["x-deprecated-reason", "x-deprecation-reason", "x-deprecated-description", "x-deprecated"]
        .into_iter()
        .find_map(find)
        .filter(|reason| !reason.trim().is_empty())
        .map(|reason| clip(reason.trim(), MAX_MEANING))
}
