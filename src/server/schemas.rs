//! A document's schemas, compiled when first used. Says whether a value is valid, and what is wrong with it.

mod mend;
mod requests;

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Registry, ValidationOptions, Validator};
use mend::Patterns;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use crate::server::spec::Spec;

/// Compiled schemas kept for one document; a compiled one may hold all that it refers to.
const MAX_COMPILED: usize = 256;

/// How far an expression may go back before it counts as not matching; a stranger wrote it.
const MAX_BACKTRACKS: usize = 20_000;

/// How large an expression may become.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// How deep a schema may be nested before its references are no longer looked for.
const MAX_DEPTH: usize = 128;

/// The document's name among the compiler's resources.
const DOCUMENT: &str = "https://document.invalid/";

/// What a schema is of: a request leaves out what is `readOnly`, an answer what is `writeOnly`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Request,
    Answer,
}

pub struct Schemas {
    spec: Arc<Spec>,
    /// The document as it is compiled, where that is another than the document itself.
    compilable: Option<Value>,
    direction: Direction,
    /// By the schema's text. None where it cannot be compiled.
    compiled: Cache<String, Option<Arc<Validator>>>,
}

impl Schemas {
    pub fn of_answers(spec: Arc<Spec>) -> Self {
        let mut patterns = Patterns::default();
        let compilable = (!mend::is_sound(&spec.root, &mut patterns, 0)).then(|| {
            let mut root = spec.root.clone();
            mend::mend(&mut root, &mut patterns, 0);
            root
        });
        Self { spec, compilable, direction: Direction::Answer, compiled: Cache::new(MAX_COMPILED) }
    }

    /// What is `readOnly` is not asked of a request, even where it is required.
    pub fn of_requests(spec: Arc<Spec>) -> Self {
        let mut root = requests::as_requests_see(&spec.root);
        mend::mend(&mut root, &mut Patterns::default(), 0);
        Self { spec, compilable: Some(root), direction: Direction::Request, compiled: Cache::new(MAX_COMPILED) }
    }

    pub fn direction(&self) -> Direction {
        self.direction
    }

    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What `$ref`s point into.
    pub fn root(&self) -> &Value {
        self.compilable.as_ref().unwrap_or(&self.spec.root)
    }

    /// None where the schema itself is broken, so that nothing can be said about values.
    pub fn validator(&self, schema: &Value) -> Option<Arc<Validator>> {
        let key = schema.to_string();
        if let Some(known) = self.compiled.get(&key) {
            return known;
        }
        let compiled = self.compile(schema).map(Arc::new);
        self.compiled.insert(key, compiled.clone());
        compiled
    }

    fn compile(&self, schema: &Value) -> Option<Validator> {
        let mut schema = match self.direction {
            Direction::Answer => schema.clone(),
            Direction::Request => requests::without_read_only(self.root(), schema),
        };
        mend::mend(&mut schema, &mut Patterns::default(), 0);
        let schema = absolute(&schema, 0);
        let document = Draft::Draft202012.create_resource_ref(self.root());
        let registry = Registry::new().draft(Draft::Draft202012).add(DOCUMENT, document).ok()?.prepare().ok()?;
        options().with_registry(&registry).build(&schema).ok()
    }

    /// Whether `value` is valid; a broken schema refuses nothing.
    pub fn accepts(&self, schema: &Value, value: &Value) -> bool {
        self.validator(schema).is_none_or(|validator| validator.is_valid(value))
    }

    /// Whether `text` matches, as the compiler of schemas understands patterns.
    pub fn matches(&self, pattern: &str, text: &str) -> bool {
        let schema = serde_json::json!({ "pattern": pattern });
        self.validator(&schema).is_some_and(|validator| validator.is_valid(&Value::String(text.to_owned())))
    }
}

fn options<'a>() -> ValidationOptions<'a> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(MAX_BACKTRACKS).size_limit(MAX_PATTERN_BYTES))
}

/// The schema with references that lead into the document from anywhere. An own `$id` would change where they lead.
fn absolute(schema: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return schema.clone();
    }
    match schema {
        Value::Object(map) => Value::Object(map.iter().filter_map(|(key, value)| absolute_field(map, key, value, depth)).collect()),
        Value::Array(items) => items.iter().map(|item| absolute(item, depth + 1)).collect(),
        other => other.clone(),
    }
}

fn absolute_field(map: &Map<String, Value>, key: &str, value: &Value, depth: usize) -> Option<(String, Value)> {
    let value = match (key, value) {
        ("$ref", Value::String(to)) if to.starts_with('#') => Value::String(format!("{DOCUMENT}{to}")),
        ("$id" | "$schema", Value::String(_)) if !map.contains_key("$defs") => return None,
        ("enum" | "const" | "default" | "example" | "examples", _) => value.clone(),
        _ => absolute(value, depth + 1),
    };
    Some((key.to_owned(), value))
}
