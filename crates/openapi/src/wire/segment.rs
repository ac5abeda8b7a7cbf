//! Reads a parameter that is one text: a path segment or a header.

use serde_json::{Map, Value};

use super::content;
use super::fault::Fault;
use super::query::names_and_values;
use super::reader::Reader;
use super::shape::kinds_of;
use super::writing::Writing;
use crate::spec::Place;

/// Reads `text`, which is already decoded.
///
/// # Errors
/// Fails if it must be JSON and is not.
pub fn segment(reader: &Reader, writing: &Writing, text: &str) -> Result<Value, Fault> {
    let schema = writing.schema;
    match writing.content_type {
        Some(content_type) if content::is_json(content_type) => return content::json(text),
        Some(_) => return Ok(reader.single(schema, text)),
        None => {}
    }
    let (prefix, delimiter) = match writing.style {
        "label" => (".", writing.delimiter()),
        "matrix" => (";", writing.delimiter()),
        _ => ("", ','),
    };
    let text = text.strip_prefix(prefix).unwrap_or(text);
    let is_matrix = writing.style == "matrix";
    let kinds = kinds_of(reader.root(), schema);
    // `;color=blue`, and `;color` for an empty value.
    let own = |part: &str| match part.strip_prefix(writing.name) {
        Some("") if is_matrix => String::new(),
        Some(rest) if is_matrix && rest.starts_with('=') => rest[1..].to_owned(),
        _ => part.to_owned(),
    };
    let whole = own(text);
    if kinds.is_single() {
        return Ok(reader.single(schema, &whole));
    }
    let parts = |text: &str, delimiter: char| -> Vec<String> {
        let trimmed = |part: &str| {
            if writing.place == Place::Header { part.trim().to_owned() } else { part.to_owned() }
        };
        text.split(delimiter).map(trimmed).collect()
    };
    let apart = parts(text, delimiter);
    let of_list: Vec<String> = if writing.explode {
        apart.iter().map(|part| own(part)).collect()
    } else {
        parts(&whole, delimiter)
    };
    let mut candidates = Vec::new();
    if kinds.single && of_list.len() < 2 {
        candidates.push(reader.single(schema, &whole));
    }
    if whole.is_empty() {
        candidates.extend(kinds.array.then(|| Value::Array(Vec::new())));
        candidates.extend(kinds.object.then(|| Value::Object(Map::new())));
    }
    if kinds.array {
        candidates.push(reader.list(schema, &of_list));
        if writing.style == "label" && !writing.explode {
            // As OpenAPI 3.0.3 shows it.
            candidates.push(reader.list(schema, &parts(text, '.')));
        }
    }
    if kinds.object && writing.explode {
        let pair = |part: &String| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.to_owned(), value.to_owned())
        };
        candidates.push(reader.object(schema, &apart.iter().map(pair).collect::<Vec<_>>()));
    } else if kinds.object {
        candidates.push(reader.object(schema, &names_and_values(&of_list)));
        if writing.style == "label" {
            candidates.push(reader.object(schema, &names_and_values(&parts(text, '.'))));
        }
    }
    if kinds.single && of_list.len() > 1 {
        candidates.push(reader.single(schema, &whole));
    }
    Ok(reader.choose(schema, candidates))
}
