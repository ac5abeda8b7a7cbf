//! Parameters, headers, bodies and responses, with their references resolved.

use std::cell::Cell;

use serde_json::Value;

use super::{flag, named, text};
use crate::spec::model::{
    Body, Example, FieldEncoding, Media, Parameter, Place, Response, pointer_of, resolve,
};

/// Maximum number of values in the parts of all operations: each operation has a separate copy of
/// shared parts.
const MAX_COPIES: usize = 1_000_000;

/// The document, and the number of values that may still be copied.
pub struct Parts<'a> {
    pub root: &'a Value,
    left: Cell<Option<usize>>,
}

impl<'a> Parts<'a> {
    pub fn of(root: &'a Value) -> Self {
        Self { root, left: Cell::new(Some(MAX_COPIES)) }
    }

    /// Whether parts were left out because of the limit.
    pub fn are_too_many(&self) -> bool {
        self.left.get().is_none()
    }

    fn copy(&self, value: &Value) -> Value {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(values_in(value))));
        if self.are_too_many() { Value::Null } else { value.clone() }
    }

    /// The object that a part is or refers to.
    fn resolved<'v>(&self, value: &'v Value) -> Option<&'v Value>
    where
        'a: 'v,
    {
        resolve(self.root, value).filter(|value| value.is_object())
    }
}

fn values_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values_in).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(values_in).sum::<usize>(),
        _ => 1,
    }
}

/// The object that a path item is or refers to, with its location.
pub fn follow<'a>(root: &'a Value, item: &'a Value, pointer: &str) -> (&'a Value, String) {
    let mut pointer = pointer.to_owned();
    let mut at = item;
    // The same number of steps as `resolve`, which is called first.
    if let Some(target) = resolve(root, item) {
        while let Some(next) = at.get("$ref").and_then(Value::as_str).and_then(pointer_of) {
            let Some(value) = root.pointer(&next) else { break };
            (at, pointer) = (value, next);
        }
        at = target;
    }
    (at, pointer)
}

/// `None` for parameters without a name or place, and those that the standard ignores: headers that
/// are described elsewhere.
pub fn parameter(parts: &Parts, value: &Value) -> Option<Parameter> {
    let value = parts.resolved(value)?;
    let place = match value.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "cookie" => Place::Cookie,
        _ => return None,
    };
    let name = text(value, "name");
    let is_ignored = name.is_empty()
        || place == Place::Header
            && ["accept", "content-type", "authorization"]
                .iter()
                .any(|header| name.eq_ignore_ascii_case(header));
    (!is_ignored).then(|| of_schema(parts, value, name, place))
}

fn header(parts: &Parts, name: &str, value: &Value) -> Option<Parameter> {
    let value = parts.resolved(value)?;
    // Determined by the media type.
    (!name.eq_ignore_ascii_case("content-type"))
        .then(|| of_schema(parts, value, name.to_owned(), Place::Header))
}

fn of_schema(parts: &Parts, value: &Value, name: String, place: Place) -> Parameter {
    let content =
        named(value.get("content")).next().filter(|_| !value.get("schema").is_some_and(is_schema));
    let style = Some(text(value, "style")).filter(|style| !style.is_empty()).unwrap_or_else(|| {
        let style = if matches!(place, Place::Query | Place::Cookie) { "form" } else { "simple" };
        style.to_owned()
    });
    let schema = content.map_or(value, |(_, media)| media).get("schema");
    let mut examples = examples(parts, value);
    if let Some((_, media)) = content.filter(|_| examples.is_empty()) {
        examples = self::examples(parts, media);
    }
    Parameter {
        name,
        place,
        description: text(value, "description"),
        required: place == Place::Path || flag(value, "required").unwrap_or(false),
        deprecated: flag(value, "deprecated").unwrap_or(false),
        explode: flag(value, "explode").unwrap_or(style == "form"),
        allows_empty: place == Place::Query && flag(value, "allowEmptyValue").unwrap_or(false),
        style,
        content_type: content.map(|(content_type, _)| content_type.clone()),
        schema: schema
            .filter(|schema| is_schema(schema))
            .map(|schema| parts.copy(schema))
            .unwrap_or(Value::Bool(true)),
        examples,
    }
}

fn is_schema(value: &Value) -> bool {
    value.is_object() || value.is_boolean()
}

pub fn body(parts: &Parts, value: &Value) -> Option<Body> {
    let value = parts.resolved(value)?;
    Some(Body {
        description: text(value, "description"),
        required: flag(value, "required").unwrap_or(false),
        content: content(parts, value),
    })
}

pub fn response(parts: &Parts, status: &str, value: &Value) -> Option<Response> {
    let value = parts.resolved(value)?;
    let headers = named_with_extensions(value, "headers")
        .filter_map(|(name, value)| header(parts, name, value));
    Some(Response {
        status: if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() },
        description: text(value, "description"),
        headers: headers.collect(),
        content: content(parts, value),
    })
}

/// Includes names that start with `X-`: for headers and examples, they are not extensions.
fn named_with_extensions<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn content(parts: &Parts, value: &Value) -> Vec<Media> {
    let media = named_with_extensions(value, "content").map(|(content_type, media)| Media {
        content_type: content_type.clone(),
        schema: media
            .get("schema")
            .filter(|schema| is_schema(schema))
            .map(|schema| parts.copy(schema))
            .unwrap_or(Value::Bool(true)),
        deep: named_with_extensions(media, "encoding")
            .filter(|(_, encoding)| {
                encoding.get("style").is_some_and(|style| style == "deepObject")
            })
            .map(|(name, _)| name.clone())
            .collect(),
        encoding: named_with_extensions(media, "encoding")
            .filter(|(_, encoding)| encoding.is_object())
            .map(|(name, encoding)| field_encoding(parts, name, encoding))
            .collect(),
        examples: examples(parts, media),
    });
    media.collect()
}

fn field_encoding(parts: &Parts, name: &str, value: &Value) -> FieldEncoding {
    let content_types = text(value, "contentType");
    let content_types = content_types.split(',').map(str::trim).filter(|name| !name.is_empty());
    let headers = named_with_extensions(value, "headers")
        .filter_map(|(name, value)| header(parts, name, value));
    FieldEncoding {
        name: name.to_owned(),
        content_types: content_types.map(str::to_owned).collect(),
        style: Some(text(value, "style")).filter(|style| !style.is_empty()),
        explode: flag(value, "explode"),
        headers: headers.collect(),
    }
}

/// `examples` by name, otherwise the single `example`.
fn examples(parts: &Parts, value: &Value) -> Vec<Example> {
    let named = named_with_extensions(value, "examples").filter_map(|(name, example)| {
        let example = parts.resolved(example)?;
        Some(Example {
            name: name.clone(),
            summary: text(example, "summary"),
            value: parts.copy(example.get("value")?),
        })
    });
    let mut examples: Vec<Example> = named.collect();
    if let Some(value) = value.get("example").filter(|_| examples.is_empty()) {
        examples.push(Example {
            name: "example".to_owned(),
            summary: String::new(),
            value: parts.copy(value),
        });
    }
    examples
}
