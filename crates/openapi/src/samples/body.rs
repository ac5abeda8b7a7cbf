//! A body in the media type that is easiest to read.

use serde_json::{Map, Value};

use super::parameters::{encoded, plain};
use super::quote::is_hidden;
use super::values::Values;
use super::{Part, SampleBody};
use crate::spec::{Body, Media};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// How a body is created from a value, the easiest to read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    Json,
    Form,
    Parts,
    Raw,
}

/// The media type in which a body is easiest to send.
pub fn preferred(body: &Body) -> Option<(&Media, Encoding)> {
    let rank = |media: &&Media| {
        (encoding(&media.content_type), essence(&media.content_type) != "application/json")
    };
    body.content.iter().min_by_key(rank).map(|media| (media, encoding(&media.content_type)))
}

/// With its `Content-Type`, unless the program sets it.
pub fn body(values: &Values, body: &Body) -> Option<(Option<String>, SampleBody)> {
    let (media, encoding) = preferred(body)?;
    let content_type = written(&media.content_type);
    let value = || values.of_media(media);
    Some(match encoding {
        Encoding::Json => (Some(content_type), SampleBody::Json(value())),
        Encoding::Form => (Some(content_type), SampleBody::Text(form(&value(), &media.deep))),
        Encoding::Parts => (None, SampleBody::Parts(parts(values, media, &value()))),
        Encoding::Raw => (Some(content_type), SampleBody::Text(raw(values, media))),
    })
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub fn is_json(content_type: &str) -> bool {
    let name = essence(content_type);
    name == "application/json" || name.ends_with("+json") || name == "text/json"
}

/// A form, urlencoded or in parts.
pub fn is_form(content_type: &str) -> bool {
    matches!(encoding(content_type), Encoding::Form | Encoding::Parts)
}

fn encoding(content_type: &str) -> Encoding {
    match essence(content_type).as_str() {
        "*/*" | "application/*" => Encoding::Json,
        FORM => Encoding::Form,
        MULTIPART => Encoding::Parts,
        _ if is_json(content_type) => Encoding::Json,
        _ => Encoding::Raw,
    }
}

/// A range must be replaced by a type.
pub fn written(content_type: &str) -> String {
    match essence(content_type).as_str() {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain".to_owned(),
        "image/*" => "image/png".to_owned(),
        name if name.contains('*') => "application/octet-stream".to_owned(),
        _ => content_type.chars().filter(|character| matches!(character, ' '..='~')).collect(),
    }
}

/// A list is written as several fields with the same name. Deeper values are written as JSON.
fn fields(value: &Value) -> Vec<(String, &Value)> {
    let Value::Object(fields) = value else { return Vec::new() };
    let mut all = Vec::new();
    for (name, field) in fields {
        match field {
            Value::Array(items) => all.extend(items.iter().map(|item| (name.clone(), item))),
            other => all.push((name.clone(), other)),
        }
    }
    all
}

fn form(value: &Value, deep: &[String]) -> String {
    let (nested, flat): (Map<_, _>, Map<_, _>) = value
        .as_object()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .partition(|(name, _)| deep.contains(name));
    let mut pairs: Vec<(String, Value)> = Vec::new();
    nested.into_iter().for_each(|(name, value)| unfold(name, value, 0, &mut pairs));
    let flat = Value::Object(flat);
    let flat = fields(&flat).into_iter().map(|(name, field)| (name, field.clone()));
    let pairs = flat
        .chain(pairs)
        .map(|(name, field)| format!("{}={}", encoded(&name), encoded(&plain(&field))));
    pairs.collect::<Vec<_>>().join("&")
}

/// `a[b][0]=…`, down to the innermost values.
fn unfold(name: String, value: Value, depth: usize, pairs: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if depth < MAX_DEPTH => {
            fields.into_iter().for_each(|(field, value)| {
                unfold(format!("{name}[{field}]"), value, depth + 1, pairs)
            });
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            items.into_iter().enumerate().for_each(|(index, value)| {
                unfold(format!("{name}[{index}]"), value, depth + 1, pairs)
            });
        }
        value => pairs.push((name, value)),
    }
}

fn parts(values: &Values, media: &Media, value: &Value) -> Vec<Part> {
    let part = |(name, field): (String, &Value)| {
        let is_file = values.is_file(&media.schema, &name);
        let content_type = match field {
            _ if is_file => Some("application/octet-stream"),
            Value::Object(_) => Some("application/json"),
            _ => None,
        };
        Part {
            name: part_name(&name),
            value: if is_file { FILE.to_owned() } else { visible(&plain(field)) },
            filename: is_file.then(|| "example.txt".to_owned()),
            content_type: content_type.map(str::to_owned),
        }
    };
    fields(value).into_iter().map(part).collect()
}

/// As browsers write it (WHATWG, multipart/form-data encoding algorithm), and without `=`, which
/// ends a name for curl.
fn part_name(name: &str) -> String {
    visible(name)
        .replace('"', "%22")
        .replace('\n', "%0A")
        .replace('\r', "%0D")
        .replace('=', "%3D")
        .replace('\\', "%5C")
}

/// A placeholder for a file of the reader.
const FILE: &str = "Hello, world!";

fn raw(values: &Values, media: &Media) -> String {
    if values.is_bytes(&media.schema) && media.examples.is_empty() {
        return FILE.to_owned();
    }
    match values.of_media(media) {
        Value::String(text) if !text.is_empty() => visible(&text),
        Value::Object(_) | Value::Array(_) if essence(&media.content_type).ends_with("xml") => {
            xml(&values.element(&media.schema), &values.of_media(media), 0)
        }
        Value::Null | Value::String(_) => FILE.to_owned(),
        other => other.to_string(),
    }
}

/// Maximum nesting of elements and fields. `serde_json` reads no deeper value.
const MAX_DEPTH: usize = 128;

fn xml(name: &str, value: &Value, depth: usize) -> String {
    let name: String = name
        .chars()
        .map(
            |character| {
                if character.is_alphanumeric() || character == '_' { character } else { '_' }
            },
        )
        .collect();
    let inner: String = match value {
        _ if depth > MAX_DEPTH => String::new(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| xml(name, field, depth + 1)).collect()
        }
        Value::Array(items) => items.iter().map(|item| xml("item", item, depth + 1)).collect(),
        other => {
            visible(&plain(other)).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
        }
    };
    format!("<{name}>{inner}</{name}>")
}

/// Removes characters that a reader would not see, because the text of others is to be copied.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|character| matches!(character, '\n' | '\r' | '\t') || !is_hidden(*character))
        .collect()
}
