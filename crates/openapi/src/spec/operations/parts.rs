//! Parameters, headers, bodies and responses, with their references resolved.

use serde_json::Value;

use super::{flag, named, text};
use crate::json;
use crate::spec::copies::Copies;
use crate::spec::model::{
    Body, Example, FieldEncoding, Media, Parameter, Place, Response, pointer_of, resolve,
};

/// Maximum number of values in the parts of all operations: each operation has a separate copy of
/// shared parts.
const MAX_COPIES: usize = 1_000_000;

/// The document, and the number of values that may still be copied.
pub struct Parts<'a> {
    pub root: &'a Value,
    copies: Copies,
}

impl<'a> Parts<'a> {
    pub fn of(root: &'a Value) -> Self {
        Self { root, copies: Copies::of(MAX_COPIES) }
    }

    /// Whether parts were left out because of the limit.
    pub fn are_too_many(&self) -> bool {
        self.copies.are_too_many()
    }

    fn copy(&self, value: &Value) -> Value {
        self.copies.copy(value)
    }

    /// The object that a part is or refers to.
    fn resolved<'v>(&self, value: &'v Value) -> Option<&'v Value>
    where
        'a: 'v,
    {
        resolve(self.root, value).filter(|value| value.is_object())
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

/// Headers that describe the connection or the transfer, and cookies as a header. Programs set them
/// on their own, and the gateway replaces them, so that none can be required.
const TRANSPORT: [&str; 7] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "host",
    "te",
    "transfer-encoding",
];

/// `None` for parameters without a name or place, and those that the standard ignores: headers that
/// are described elsewhere.
pub fn parameter(parts: &Parts, value: &Value) -> Option<Parameter> {
    let value = parts.resolved(value)?;
    let place = match value.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" | "querystring" => Place::Query,
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
    let mut parameter = (!is_ignored).then(|| of_schema(parts, value, name, place))?;
    if value.get("in").is_some_and(|place| place == "querystring") {
        as_query_string(&mut parameter);
    }
    let is_of_connection =
        TRANSPORT.iter().any(|header| parameter.name.eq_ignore_ascii_case(header));
    if place == Place::Header && is_of_connection {
        parameter.required = false;
    }
    Some(parameter)
}

/// A parameter of OpenAPI 3.2 that is the query string as a whole. That of a form is an object
/// whose fields are parameters. Others have no name in the query, so that none can be required.
fn as_query_string(parameter: &mut Parameter) {
    let content_type = parameter.content_type.take();
    parameter.explode = true;
    if let Some(other) = content_type.filter(|name| name != "application/x-www-form-urlencoded") {
        let about =
            format!("This is the whole query string, as `{other}`. {}", parameter.description);
        about.trim_end().clone_into(&mut parameter.description);
        parameter.required = false;
        parameter.content_type = Some(other);
    }
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
        description: or_summary(value),
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
    let media = named_with_extensions(value, "content").map(|(content_type, written)| {
        let media = parts.resolved(written).unwrap_or(written);
        self::media(parts, content_type, media)
    });
    media.collect()
}

fn media(parts: &Parts, content_type: &str, media: &Value) -> Media {
    let schema = |key| media.get(key).filter(|schema| is_schema(schema));
    let (whole, item) = (schema("schema"), schema("itemSchema"));
    Media {
        content_type: content_type.to_owned(),
        schema: whole.or(item).map_or(Value::Bool(true), |schema| parts.copy(schema)),
        is_sequence: whole.is_none() && item.is_some(),
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
    }
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
            value: example_value(parts, example)?,
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

/// `dataValue` and `serializedValue` are of OpenAPI 3.2. A serialised value is used as text, unless
/// it is a JSON object or list.
fn example_value(parts: &Parts, example: &Value) -> Option<Value> {
    if let Some(value) = example.get("value").or_else(|| example.get("dataValue")) {
        return Some(parts.copy(value));
    }
    let written = example.get("serializedValue")?;
    let read = written
        .as_str()
        .filter(|text| text.trim_start().starts_with(['{', '[']))
        .and_then(|text| json::read(text.as_bytes(), json::Bounds::OF_PARSER).ok());
    Some(parts.copy(read.as_ref().unwrap_or(written)))
}

/// In OpenAPI 3.2, a response may have a summary and no description.
fn or_summary(response: &Value) -> String {
    let description = text(response, "description");
    if description.is_empty() { text(response, "summary") } else { description }
}
