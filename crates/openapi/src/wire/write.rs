//! Writes values by their rules.

use serde_json::Value;

use super::text::{encoded, plain};
use super::writing::{FIELD, Writing};
use crate::spec::Place;

/// Maximum nesting of brackets.
const MAX_DEPTH: usize = 32;

/// The text of one pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// Without quotes; a list or an object as JSON.
    Plain(Value),
    Json(Value),
    /// Several values with a delimiter between them.
    Joined(Vec<Value>, char),
}

impl Text {
    /// Not encoded.
    pub fn plain(&self) -> String {
        self.written(str::to_owned, char::to_string)
    }

    /// Percent-encoded, with delimiters that differ from the same characters in values.
    fn encoded(&self) -> String {
        self.written(encoded, |delimiter| match delimiter {
            ' ' => "%20".to_owned(),
            '|' => "%7C".to_owned(),
            other => other.to_string(),
        })
    }

    fn written(&self, encode: fn(&str) -> String, mark: fn(&char) -> String) -> String {
        match self {
            Self::Plain(value) => encode(&plain(value)),
            Self::Json(value) => encode(&value.to_string()),
            Self::Joined(values, delimiter) => {
                let values: Vec<String> =
                    values.iter().map(|value| encode(&plain(value))).collect();
                values.join(&mark(delimiter))
            }
        }
    }
}

/// The pairs of a parameter in a query, or of a field of a form. An empty list or object is its
/// name without a value, so that it is not taken for an absent one.
pub fn fields(writing: &Writing, value: &Value) -> Vec<(String, Text)> {
    let name = || writing.name.to_owned();
    let one = |value: &Value| (name(), Text::Plain(value.clone()));
    if writing.content_type.is_some() {
        return vec![(name(), Text::Json(value.clone()))];
    }
    if is_empty(value) {
        return vec![one(&Value::Null)];
    }
    match (writing.style, value) {
        ("deepObject", Value::Array(_) | Value::Object(_)) => {
            let mut pairs = Vec::new();
            unfold(writing.base().to_owned(), value, 0, &mut pairs);
            pairs
        }
        (_, Value::Array(items)) if writing.explode => items.iter().map(one).collect(),
        (_, Value::Array(items)) => {
            vec![(name(), Text::Joined(items.clone(), writing.delimiter()))]
        }
        (FIELD, Value::Object(_)) => vec![(name(), Text::Json(value.clone()))],
        (_, Value::Object(fields)) if writing.explode => {
            let field = |(name, field): (&String, &Value)| match field {
                Value::Array(items) if !items.is_empty() => items
                    .iter()
                    .map(|item| (name.clone(), Text::Plain(item.clone())))
                    .collect::<Vec<_>>(),
                empty if is_empty(empty) => vec![(name.clone(), Text::Plain(Value::Null))],
                other => vec![(name.clone(), Text::Plain(other.clone()))],
            };
            fields.iter().flat_map(field).collect()
        }
        (_, Value::Object(fields)) => {
            let parts =
                fields.iter().flat_map(|(name, field)| [name.as_str().into(), field.clone()]);
            vec![(name(), Text::Joined(parts.collect(), writing.delimiter()))]
        }
        _ => vec![one(value)],
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `a[b][0]=…`, down to the innermost values.
fn unfold(name: String, value: &Value, depth: usize, pairs: &mut Vec<(String, Text)>) {
    match value {
        empty if is_empty(empty) => pairs.push((name, Text::Plain(Value::Null))),
        Value::Object(fields) if depth < MAX_DEPTH => fields
            .iter()
            .for_each(|(field, value)| unfold(format!("{name}[{field}]"), value, depth + 1, pairs)),
        Value::Array(items) if depth < MAX_DEPTH => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| unfold(format!("{name}[{index}]"), value, depth + 1, pairs)),
        value => pairs.push((name, Text::Plain(value.clone()))),
    }
}

/// Pairs `name=value`, encoded.
pub fn query(writing: &Writing, value: &Value) -> Vec<String> {
    let pairs = fields(writing, value).into_iter();
    pairs.map(|(name, text)| format!("{}={}", encoded(&name), text.encoded())).collect()
}

/// A path segment, percent-encoded.
pub fn in_path(writing: &Writing, value: &Value) -> String {
    path(writing, value, encoded)
}

/// A header, not encoded.
pub fn in_header(writing: &Writing, value: &Value) -> String {
    simple(writing, value, ',', str::to_owned)
}

/// A value as one text in its style, before it is encoded.
pub fn styled(writing: &Writing, value: &Value) -> String {
    match writing.place {
        Place::Path => path(writing, value, str::to_owned),
        _ => simple(writing, value, writing.delimiter(), str::to_owned),
    }
}

fn path(writing: &Writing, value: &Value, encode: fn(&str) -> String) -> String {
    let delimiter = writing.delimiter();
    match (writing.style, value) {
        ("label", _) => format!(".{}", simple(writing, value, delimiter, encode)),
        ("matrix", Value::Array(items)) if writing.explode && !items.is_empty() => {
            let name = encode(writing.name);
            items.iter().map(|item| format!(";{name}={}", encode(&plain(item)))).collect()
        }
        ("matrix", Value::Object(fields)) if writing.explode && !fields.is_empty() => {
            format!(";{}", simple(writing, value, delimiter, encode))
        }
        ("matrix", _) => {
            format!(";{}={}", encode(writing.name), simple(writing, value, ',', encode))
        }
        _ => simple(writing, value, ',', encode),
    }
}

/// `a,b` and `name,value`; `name=value` if `explode` is set.
fn simple(writing: &Writing, value: &Value, delimiter: char, encode: fn(&str) -> String) -> String {
    let joined = |parts: Vec<String>| parts.join(&delimiter.to_string());
    match value {
        _ if writing.content_type.is_some() => encode(&value.to_string()),
        Value::Array(items) => joined(items.iter().map(|item| encode(&plain(item))).collect()),
        Value::Object(fields) => {
            let between = if writing.explode { '=' } else { delimiter };
            let field = |(name, field): (&String, &Value)| {
                format!("{}{between}{}", encode(name), encode(&plain(field)))
            };
            joined(fields.iter().map(field).collect())
        }
        other => encode(&plain(other)),
    }
}
