//! Reads a parameter of a query, or a field of a form.

use serde_json::{Map, Value};

use super::brackets::Tree;
use super::content;
use super::fault::Fault;
use super::pairs::{Pair, Pairs};
use super::reader::Reader;
use super::shape::{self, kinds_of};
use super::text::decoded;
use super::writing::Writing;

/// What is sent.
#[derive(Debug, PartialEq)]
pub enum Given {
    Value(Value),
    /// A name without a value, if the document allows it (`allowEmptyValue`).
    Nothing,
}

impl Given {
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing => None,
        }
    }
}

/// Reads one value. `None` if it is absent.
///
/// # Errors
/// Fails if a value that is not a list is given several times, or JSON is malformed.
pub fn in_query(
    reader: &Reader,
    writing: &Writing,
    allows_empty: bool,
    pairs: &Pairs,
) -> Result<Option<Given>, Fault> {
    let value = |value| Ok(Some(Given::Value(value)));
    let own = pairs.named(writing.name);
    if !own.is_empty() && allows_empty && own.iter().all(|pair| pair.text.is_empty()) {
        return Ok(Some(Given::Nothing));
    }
    if let Some(content_type) = writing.content_type.filter(|_| !own.is_empty()) {
        return as_content(reader, writing.schema, content_type, &own)
            .map(|value| Some(Given::Value(value)));
    }
    let kinds = kinds_of(reader.root(), writing.schema);
    if writing.is_nested() {
        return match pairs.tree(writing.name)? {
            Some(Tree::Texts(texts)) if writing.is_deep() && texts.len() == 1 => {
                value(without_brackets(reader, writing.schema, &texts[0].text))
            }
            Some(tree) => value(reader.tree(writing.schema, &tree)?),
            None => Ok(None),
        };
    }
    if kinds.object && writing.explode {
        let fields = exploded(reader, writing.schema, pairs)?;
        if let Some(fields) = fields {
            return value(fields);
        }
        if !kinds.single && !kinds.array {
            return Ok(None);
        }
    }
    match *own {
        // `ids[0]=…`, although the list is declared as `ids[]`.
        [] if kinds.array && writing.name.ends_with("[]") => match pairs.tree(writing.name)? {
            Some(tree) => value(reader.tree(writing.schema, &tree)?),
            None => Ok(None),
        },
        [] => Ok(None),
        [one] => value(one_pair(reader, writing, one)),
        _ if kinds.array && writing.explode => {
            let texts: Vec<String> = own.iter().map(|pair| pair.text.clone()).collect();
            value(reader.list(writing.schema, &texts))
        }
        // If it is repeated, the lists are joined, so that none is left unchecked.
        _ if kinds.array => {
            let parts: Vec<String> = own.iter().flat_map(|pair| parts(pair, writing)).collect();
            value(reader.list(writing.schema, &parts))
        }
        _ => Err(Fault::REPEATED),
    }
}

/// The style `deepObject` without brackets, if the value may be another one than an object.
fn without_brackets(reader: &Reader, schema: &Value, text: &str) -> Value {
    let kinds = kinds_of(reader.root(), schema);
    let mut candidates = Vec::new();
    candidates.extend(kinds.single.then(|| reader.single(schema, text)));
    if text.is_empty() {
        candidates.extend(kinds.array.then(|| Value::Array(Vec::new())));
        candidates.extend(kinds.object.then(|| Value::Object(Map::new())));
    }
    candidates.extend(kinds.array.then(|| reader.list(schema, &[text.to_owned()])));
    candidates.push(Value::String(text.to_owned()));
    reader.choose(schema, candidates)
}

fn one_pair(reader: &Reader, writing: &Writing, pair: &Pair) -> Value {
    let schema = writing.schema;
    let kinds = kinds_of(reader.root(), schema);
    if kinds.is_single() {
        return reader.single(schema, &pair.text);
    }
    let parts = parts(pair, writing);
    // A delimiter that belongs to a single value is written percent-encoded.
    let is_delimited = !writing.explode && parts.len() > 1;
    let mut candidates = Vec::new();
    if kinds.single && !is_delimited {
        candidates.push(reader.single(schema, &pair.text));
    }
    if pair.text.is_empty() {
        candidates.extend(kinds.array.then(|| Value::Array(Vec::new())));
        candidates.extend((kinds.object && !writing.explode).then(|| Value::Object(Map::new())));
    }
    if kinds.array {
        let whole = std::slice::from_ref(&pair.text);
        candidates.push(reader.list(schema, if writing.explode { whole } else { &parts }));
    }
    if kinds.object && !writing.explode {
        candidates.push(reader.object(schema, &names_and_values(&parts)));
    }
    if kinds.single && is_delimited {
        candidates.push(reader.single(schema, &pair.text));
    }
    if kinds.array && writing.explode && writing.style != "form" {
        // OpenAPI leaves `explode` undefined for the other styles.
        candidates.push(reader.list(schema, &parts));
    } else if kinds.array && !writing.explode && parts.len() == 1 {
        // Many clients encode the delimiter as well.
        candidates.push(reader.list(schema, &split(&pair.text, writing)));
    }
    reader.choose(schema, candidates)
}

/// `a,1,b,2`.
pub fn names_and_values(parts: &[String]) -> Vec<(String, String)> {
    let at = |pair: &[String], index: usize| pair.get(index).cloned().unwrap_or_default();
    parts.chunks(2).map(|pair| (at(pair, 0), at(pair, 1))).collect()
}

/// The parts of a delimited text. They are split before decoding, because a comma in a value is
/// written as `%2C`.
fn parts(pair: &Pair, writing: &Writing) -> Vec<String> {
    let Some(raw) = pair.raw else { return split(&pair.text, writing) };
    let raw = match writing.style {
        "spaceDelimited" => raw.replace("%20", "+"),
        "pipeDelimited" if !raw.contains('|') => raw.replace("%7C", "|").replace("%7c", "|"),
        _ => raw.to_owned(),
    };
    let delimiter = match writing.delimiter() {
        ' ' => '+',
        other => other,
    };
    raw.split(delimiter).map(decoded).collect()
}

fn split(text: &str, writing: &Writing) -> Vec<String> {
    text.split(writing.delimiter()).map(str::to_owned).collect()
}

/// An object each of whose properties is a separate parameter.
fn exploded(reader: &Reader, schema: &Value, pairs: &Pairs) -> Result<Option<Value>, Fault> {
    let named = shape::names_of(reader.root(), schema);
    let has_any = named.is_empty() || !shape::others_of(reader.root(), schema).is_null();
    let others = pairs.free_bases().filter(|base| has_any && !named.contains(base));
    let names: Vec<&str> = named.iter().copied().chain(others).collect();
    let mut trees = Vec::new();
    for name in names {
        if let Some(tree) = pairs.tree(name)? {
            trees.push((name, tree));
        }
    }
    if trees.is_empty() {
        return Ok(None);
    }
    let read = |branch: Option<&Value>| {
        let mut fields = Map::new();
        for (name, tree) in &trees {
            let property = reader.property(branch, schema, name);
            fields.insert((*name).to_owned(), reader.tree(property, tree)?);
        }
        Ok(Value::Object(fields))
    };
    reader.of_branch(schema, &read).map(Some)
}

/// A value that is written in a media type.
fn as_content(
    reader: &Reader,
    schema: &Value,
    content_type: &str,
    own: &[&Pair],
) -> Result<Value, Fault> {
    let is_json = content::is_json(content_type);
    let read = |pair: &&Pair| match is_json {
        true => content::json(&pair.text),
        false => Ok(reader.single(schema, &pair.text)),
    };
    match own {
        [one] if is_json && kinds_of(reader.root(), schema).array => {
            let value = read(one)?;
            let list = Value::Array(vec![value.clone()]);
            Ok(reader.choose(schema, vec![value, list]))
        }
        [one] => read(one),
        many if is_json && kinds_of(reader.root(), schema).array => many.iter().map(read).collect(),
        _ => Err(Fault::REPEATED),
    }
}
