//! Converts Swagger 2.0 to OpenAPI 3.0. Parts that are not as Swagger describes them stay as they
//! are, so that the check of the converted document reports them.

mod body;
mod components;
mod context;
mod form;
mod inputs;
mod operation;
mod parameter;
mod paths;
mod response;
mod schema;
mod security;
mod servers;

use serde_json::{Map, Value, json};

use super::check::plain;
use super::model::Fault;
use super::origins::Origins;
use context::Context;

/// The version of the result.
const CONVERTED: &str = "3.0.3";

pub fn is_swagger2(root: &Value) -> bool {
    root.get("swagger").map(plain).is_some_and(|version| version.split('.').next() == Some("2"))
}

/// Converts a document that [`is_swagger2`] recognises. Returns where its parts were.
///
/// # Errors
/// Fails if the result is much larger than the document, because large parts are used many times.
pub fn convert(root: &mut Value) -> Result<Origins, Fault> {
    let written = std::mem::take(root);
    let Value::Object(fields) = &written else { return Ok(Origins::default()) };
    let context = Context::of(fields);
    let mut converted = document(&context);
    if context.copies.are_too_many() {
        let message = "schemas and shared parameters are used for too many operations and media \
                       types; put them under `definitions`, and refer to them";
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
