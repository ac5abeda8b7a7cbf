//! Parameters, headers, bodies and responses, with their references followed.

use serde_json::Value;

use super::{flag, named, resolved, text};
use crate::server::spec::model::{Body, Example, Media, Parameter, Place, Response, pointer_of, resolve};

/// What a path item is or refers to, and where that stands.
pub fn follow<'a>(root: &'a Value, item: &'a Value, pointer: &str) -> (&'a Value, String) {
    let mut pointer = pointer.to_owned();
    let mut at = item;
    // As many steps as `resolve` takes, which is asked first.
    if let Some(target) = resolve(root, item) {
        while let Some(next) = at.get("$ref").and_then(Value::as_str).and_then(pointer_of) {
            let Some(value) = root.pointer(&next) else { break };
            (at, pointer) = (value, next);
        }
        at = target;
    }
    (at, pointer)
}

/// None for what the standard says is ignored: headers that have a place of their own.
pub fn parameter(root: &Value, value: &Value) -> Option<Parameter> {
    let value = resolved(root, value)?;
    let place = match value.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "cookie" => Place::Cookie,
        _ => return None,
    };
    let name = text(value, "name");
    let is_ignored =
        place == Place::Header && ["accept", "content-type", "authorization"].iter().any(|header| name.eq_ignore_ascii_case(header));
    (!is_ignored).then(|| of_schema(root, value, name, place))
}

fn header(root: &Value, name: &str, value: &Value) -> Option<Parameter> {
    let value = resolved(root, value)?;
    // Told by the media type.
    (!name.eq_ignore_ascii_case("content-type")).then(|| of_schema(root, value, name.to_owned(), Place::Header))
}

fn of_schema(root: &Value, value: &Value, name: String, place: Place) -> Parameter {
    let content = named(value.get("content")).next().filter(|_| !value.get("schema").is_some_and(is_schema));
    let style = Some(text(value, "style")).filter(|style| !style.is_empty()).unwrap_or_else(|| {
        let style = if matches!(place, Place::Query | Place::Cookie) { "form" } else { "simple" };
        style.to_owned()
    });
    let schema = content.map_or(value, |(_, media)| media).get("schema");
    let mut examples = examples(root, value);
    if let Some((_, media)) = content.filter(|_| examples.is_empty()) {
        examples = self::examples(root, media);
    }
    Parameter {
        name,
        place,
        description: text(value, "description"),
        required: place == Place::Path || flag(value, "required").unwrap_or(false),
        deprecated: flag(value, "deprecated").unwrap_or(false),
        explode: flag(value, "explode").unwrap_or(style == "form"),
        style,
        content_type: content.map(|(content_type, _)| content_type.clone()),
        schema: schema.filter(|schema| is_schema(schema)).cloned().unwrap_or(Value::Bool(true)),
        examples,
    }
}

fn is_schema(value: &Value) -> bool {
    value.is_object() || value.is_boolean()
}

pub fn body(root: &Value, value: &Value) -> Option<Body> {
    let value = resolved(root, value)?;
    Some(Body {
        description: text(value, "description"),
        required: flag(value, "required").unwrap_or(false),
        content: content(root, value),
    })
}

pub fn response(root: &Value, status: &str, value: &Value) -> Option<Response> {
    let value = resolved(root, value)?;
    let headers = named_with_extensions(value, "headers").filter_map(|(name, value)| header(root, name, value));
    Some(Response {
        status: if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() },
        description: text(value, "description"),
        headers: headers.collect(),
        content: content(root, value),
    })
}

/// Headers begin with `X-` by right.
fn named_with_extensions<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn content(root: &Value, value: &Value) -> Vec<Media> {
    let media = named_with_extensions(value, "content").map(|(content_type, media)| Media {
        content_type: content_type.clone(),
        schema: media.get("schema").filter(|schema| is_schema(schema)).cloned().unwrap_or(Value::Bool(true)),
        examples: examples(root, media),
    });
    media.collect()
}

/// `examples` by name, else the one `example`.
fn examples(root: &Value, value: &Value) -> Vec<Example> {
    let named = named_with_extensions(value, "examples").filter_map(|(name, example)| {
        let example = resolved(root, example)?;
        Some(Example { name: name.clone(), summary: text(example, "summary"), value: example.get("value")?.clone() })
    });
    let mut examples: Vec<Example> = named.collect();
    if let Some(value) = value.get("example").filter(|_| examples.is_empty()) {
        examples.push(Example { name: "example".to_owned(), summary: String::new(), value: value.clone() });
    }
    examples
}
