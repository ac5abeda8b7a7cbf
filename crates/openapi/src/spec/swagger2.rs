//! Converts Swagger 2.0 to OpenAPI 3.0. Parts that are not as Swagger describes them stay as they
//! are, so that the check of the converted document reports them.

mod body;
mod components;
mod form;
mod inputs;
mod operation;
mod parameter;
mod paths;
mod response;
mod schema;
mod security;
mod servers;

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::check::plain;
use super::copies::Copies;
use super::model::Fault;
use super::origins::Origins;
use super::read::MAX_VALUES;

type Fields = Map<String, Value>;

/// The version of the result.
const CONVERTED: &str = "3.0.3";

pub fn is_swagger2(root: &Value) -> bool {
    root.get("swagger").map(plain).is_some_and(|version| version.split('.').next() == Some("2"))
}

/// What all parts of the conversion need.
struct Context<'a> {
    /// The author's document.
    written: &'a Fields,
    origins: RefCell<Origins>,
    /// Schemas are copied to each media type, and shared bodies to each operation.
    copies: Copies,
}

impl Context<'_> {
    /// The part at the author's `written` is at `converted` now.
    fn moved(&self, converted: impl Into<String>, written: impl Into<String>) {
        self.origins.borrow_mut().add(converted, written);
    }

    /// The part at `converted` describes what the author wrote at `written` in another form.
    fn made_of(&self, converted: impl Into<String>, written: impl Into<String>) {
        self.origins.borrow_mut().made_of(converted, written);
    }

    /// Where the author wrote the part at `converted`.
    fn written_at(&self, converted: &str) -> String {
        self.origins.borrow().written(converted)
    }
}

/// Converts a document that [`is_swagger2`] recognises. Returns where its parts were.
///
/// # Errors
/// Fails if the result is much larger than the document, because large parts are used many times.
pub fn convert(root: &mut Value) -> Result<Origins, Fault> {
    let written = std::mem::take(root);
    let Value::Object(fields) = &written else { return Ok(Origins::default()) };
    let context =
        Context { written: fields, origins: RefCell::default(), copies: Copies::of(MAX_VALUES) };
    let mut converted = document(&context);
    if context.copies.are_too_many() {
        let message = "schemas and shared parameters are used for too many operations and media types; put them under `definitions`, and refer to them";
        return Err(Fault { pointer: String::new(), line: None, message: message.to_owned() });
    }
    let origins = context.origins.into_inner();
    schema::finish(&mut converted, fields, &origins);
    *root = converted;
    Ok(origins)
}

fn document(context: &Context) -> Value {
    let written = context.written;
    let mut root = Map::new();
    root.insert("openapi".to_owned(), json!(CONVERTED));
    if let Some(info) = written.get("info") {
        root.insert("info".to_owned(), info.clone());
    }
    let servers = servers::servers(written, None);
    if !servers.is_empty() {
        root.insert("servers".to_owned(), Value::Array(servers));
    }
    for (key, value) in written {
        match key.as_str() {
            "swagger"
            | "host"
            | "basePath"
            | "schemes"
            | "consumes"
            | "produces"
            | "info"
            | "definitions"
            | "parameters"
            | "responses"
            | "securityDefinitions" => {}
            "paths" => {
                root.insert(key.clone(), paths::paths(context, value));
            }
            _ => {
                root.insert(key.clone(), value.clone());
            }
        }
    }
    let components = components::components(context);
    if !components.is_empty() {
        root.insert("components".to_owned(), Value::Object(components));
    }
    Value::Object(root)
}

/// The media types of an operation (`consumes`, `produces`). An empty list replaces that of the
/// document.
fn media_types(context: &Context, owner: Option<&Fields>, key: &str) -> Vec<String> {
    let list = owner.and_then(|owner| owner.get(key)).or_else(|| context.written.get(key));
    let types = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut types: Vec<String> =
        types.filter(|media_type| !media_type.is_empty()).map(str::to_owned).collect();
    let mut seen = std::collections::HashSet::new();
    types.retain(|media_type| seen.insert(media_type.clone()));
    types
}

/// Copies the extensions and the named fields.
fn kept(written: &Fields, names: &[&str]) -> Fields {
    let fields =
        written.iter().filter(|(key, _)| key.starts_with("x-") || names.contains(&key.as_str()));
    fields.map(|(key, value)| (key.clone(), value.clone())).collect()
}
