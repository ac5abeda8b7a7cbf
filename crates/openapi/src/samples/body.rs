//! A body in the media type that is easiest to read.

use serde_json::Value;

use super::quote::is_hidden;
use super::values::Values;
use super::{Part, SampleBody};
use crate::spec::{Body, Media};
use crate::wire::{self, FORM, MULTIPART, Text, Writing, essence, is_json, plain};

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
        Encoding::Form => (Some(content_type), SampleBody::Text(form(media, &value()))),
        Encoding::Parts => (None, SampleBody::Parts(parts(values, media, &value()))),
        Encoding::Raw => (Some(content_type), SampleBody::Text(raw(values, media))),
    })
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

/// The fields of a form, each with its rules.
fn fields<'v>(
    media: &'v Media,
    value: &'v Value,
) -> impl Iterator<Item = (Writing<'v>, &'v Value)> {
    value.as_object().into_iter().flatten().map(|(name, field)| {
        let schema = &Value::Bool(true);
        (Writing::of_field(name, schema, media.encoding_of(name)), field)
    })
}

fn form(media: &Media, value: &Value) -> String {
    let pairs = fields(media, value).flat_map(|(writing, field)| wire::query(&writing, field));
    pairs.collect::<Vec<_>>().join("&")
}

fn parts(values: &Values, media: &Media, value: &Value) -> Vec<Part> {
    let parts_of = |(writing, field): (Writing, &Value)| {
        let is_file = values.is_file(&media.schema, writing.name);
        let declared = media.encoding_of(writing.name).and_then(|one| one.content_types.first());
        let declared = declared.map(|content_type| written(content_type));
        let part = move |(name, text): (String, Text)| Part {
            name: part_name(&name),
            value: if is_file { FILE.to_owned() } else { visible(&text.plain()) },
            filename: is_file.then(|| "example.txt".to_owned()),
            content_type: match &text {
                _ if is_file => {
                    Some(declared.clone().unwrap_or_else(|| "application/octet-stream".to_owned()))
                }
                Text::Plain(Value::Object(_)) | Text::Json(_) => {
                    Some(declared.clone().unwrap_or_else(|| "application/json".to_owned()))
                }
                _ => declared.clone(),
            },
        };
        wire::fields(&writing, field).into_iter().map(part).collect::<Vec<_>>()
    };
    fields(media, value).flat_map(parts_of).collect()
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
