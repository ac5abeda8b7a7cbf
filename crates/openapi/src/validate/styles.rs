//! Arrays and objects in parameters (OpenAPI 3.1, "Style Values"; RFC 6570).

use serde_json::{Map, Value};

use super::values::{self, Kinds, property_of};
use crate::schemas::Schemas;

/// Maximum number of parts of one parameter that are read.
const MAX_PARTS: usize = 1_000;
/// Maximum nesting of `filter[a][b]`.
const MAX_DEPTH: usize = 8;

/// Parses a parameter's text into one value. `delimiter` separates its parts.
pub fn delimited(
    schemas: &Schemas,
    schema: &Value,
    kinds: Kinds,
    parts: Vec<String>,
    explode: bool,
) -> Value {
    let parts = parts.into_iter().take(MAX_PARTS);
    if kinds.array {
        return values::array(schemas, schema, parts);
    }
    if explode {
        let pair = |part: String| {
            part.split_once('=').map_or((part.clone(), String::new()), |(name, value)| {
                (name.to_owned(), value.to_owned())
            })
        };
        return values::object(schemas, schema, parts.map(pair));
    }
    let parts: Vec<String> = parts.collect();
    let pairs = parts.chunks(2).map(|pair| {
        (pair.first().cloned().unwrap_or_default(), pair.get(1).cloned().unwrap_or_default())
    });
    values::object(schemas, schema, pairs)
}

/// A path segment in `simple`, `label` or `matrix` style, or a header.
pub fn segment(
    schemas: &Schemas,
    schema: &Value,
    name: &str,
    style: &str,
    explode: bool,
    text: &str,
) -> Value {
    let kinds = values::kinds_of(schemas.root(), schema);
    let is_single = !kinds.array && !kinds.object;
    let split = |text: &str, at: char| text.split(at).map(str::to_owned).collect::<Vec<_>>();
    let (text, at) = match style {
        "label" => (text.strip_prefix('.').unwrap_or(text), if explode { '.' } else { ',' }),
        "matrix" => (text.strip_prefix(';').unwrap_or(text), if explode { ';' } else { ',' }),
        _ => (text, ','),
    };
    let own = format!("{name}=");
    // `;color=blue;color=black` and `;color=blue,black`.
    let named = |part: String| part.strip_prefix(&own).map_or(part.clone(), str::to_owned);
    if is_single {
        let text = if style == "matrix" { named(text.to_owned()) } else { text.to_owned() };
        return values::read(schemas, schema, &text);
    }
    let parts = split(text, at);
    let parts = if style == "matrix" && (kinds.array || !explode) {
        parts.into_iter().map(named).collect()
    } else {
        parts
    };
    let parts = if style == "simple" {
        parts.into_iter().map(|part| part.trim().to_owned()).collect()
    } else {
        parts
    };
    delimited(schemas, schema, kinds, parts, explode)
}

/// `filter[status]=new&filter[size][min]=3`. `None` if no name starts with `name`, and an inner
/// `None` if a field that is not a list occurs twice.
pub fn deep_object(
    schemas: &Schemas,
    schema: &Value,
    name: &str,
    pairs: &[(String, String)],
) -> Option<Option<Value>> {
    let mut object = Value::Object(Map::new());
    let (mut is_given, mut is_repeated) = (false, false);
    for (key, text) in pairs.iter().take(MAX_PARTS) {
        let Some(rest) = key.strip_prefix(name).filter(|rest| rest.starts_with('[')) else {
            continue;
        };
        is_given = true;
        let keys: Vec<&str> = rest
            .split('[')
            .skip(1)
            .map(|key| key.strip_suffix(']').unwrap_or(key))
            .take(MAX_DEPTH)
            .collect();
        is_repeated |= !put(schemas, schema, &mut object, &keys, text);
    }
    is_given.then(|| (!is_repeated).then_some(object))
}

/// Returns whether the value could be inserted.
fn put(schemas: &Schemas, schema: &Value, into: &mut Value, keys: &[&str], text: &str) -> bool {
    let Some((key, rest)) = keys.split_first() else { return true };
    let Value::Object(fields) = into else { return false };
    let property = property_of(schemas.root(), schema, key);
    let is_list = values::kinds_of(schemas.root(), property).array;
    if rest.is_empty() && !is_list {
        fields.insert((*key).to_owned(), values::read(schemas, property, text)).is_none()
    } else if rest.is_empty() || (rest == [""] && is_list) {
        let item = values::read(schemas, values::items_of(schemas.root(), property), text);
        match fields.entry((*key).to_owned()).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(items) => {
                items.push(item);
                true
            }
            _ => false,
        }
    } else {
        let inner = fields.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
        put(schemas, property, inner, rest, text)
    }
}
