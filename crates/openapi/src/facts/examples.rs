//! Examples of the document's own.

use serde_json::Value;

use super::{Describe, about, text};
use crate::markdown::clip;
use crate::spec::Spec;

/// Maximum number of examples of one value, and their length in bytes.
const MAX_EXAMPLES: usize = 20;
const MAX_EXAMPLE: usize = 16_000;

/// An example with its texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownExample {
    /// Its summary, otherwise its name.
    pub name: String,
    /// As `describe` returns it.
    pub about: String,
    /// The value, cut with an ellipsis if it is long: text unchanged, other values as JSON. The
    /// address of an external one.
    pub text: String,
}

/// The examples of a parameter, header or media type. A value in a media type of its own
/// (`content`) has them there.
pub fn examples(spec: &Spec, value: &Value, describe: Describe) -> Vec<ShownExample> {
    let named = value.get("examples").and_then(Value::as_object);
    let mut found: Vec<ShownExample> = named
        .into_iter()
        .flatten()
        .filter_map(|(name, example)| {
            let example = spec.resolve(example)?;
            let value = ["value", "dataValue", "serializedValue", "externalValue"]
                .iter()
                .find_map(|key| example.get(key))?;
            let summary = text(example, "summary");
            let name = if summary.is_empty() { clip(name, 200) } else { summary };
            Some(shown_value(name, about(example, describe), value))
        })
        .take(MAX_EXAMPLES)
        .collect();
    if let Some(example) = value.get("example").filter(|_| found.is_empty()) {
        found.push(shown_value("example".to_owned(), String::new(), example));
    }
    if found.is_empty()
        && let Some((_, media)) = value
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.iter().next())
        && media.get("content").is_none()
    {
        return examples(spec, media, describe);
    }
    found
}

/// The examples of a schema, which have no names.
pub fn schema_examples(schema: &Value) -> Vec<ShownExample> {
    let all = schema.get("examples").and_then(Value::as_array).into_iter().flatten();
    let shown = all.take(MAX_EXAMPLES);
    shown.map(|value| shown_value("example".to_owned(), String::new(), value)).collect()
}

fn shown_value(name: String, about: String, value: &Value) -> ShownExample {
    let text = value
        .as_str()
        .map_or_else(|| serde_json::to_string_pretty(value).unwrap_or_default(), str::to_owned);
    ShownExample { name, about, text: clip(&text, MAX_EXAMPLE) }
}
