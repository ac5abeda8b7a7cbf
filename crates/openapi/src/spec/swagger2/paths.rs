//! Paths and what their operations share.

use serde_json::{Map, Value};

use super::context::Context;
use super::inputs::{self, Inputs};
use super::operation;
use crate::spec::walk::join;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

pub fn paths(context: &Context, written: &Value) -> Value {
    let Value::Object(paths) = written else { return written.clone() };
    let converted = paths.iter().map(|(path, written)| {
        let is_path = !path.starts_with("x-");
        let value = match written {
            Value::Object(fields) if is_path => Value::Object(item(context, fields, path)),
            other => other.clone(),
        };
        (path.clone(), value)
    });
    Value::Object(converted.collect())
}

fn item(context: &Context, fields: &Map<String, Value>, path: &str) -> Map<String, Value> {
    let at = join("/paths", path);
    let shared = match fields.get("parameters") {
        Some(Value::Array(list)) => inputs::separate(context, list, &join(&at, "parameters")),
        _ => Inputs::default(),
    };
    let mut item = Map::new();
    for (key, value) in fields {
        let converted = match (key.as_str(), value) {
            ("parameters", Value::Array(_)) if shared.parameters.is_empty() => continue,
            ("parameters", Value::Array(_)) => Value::Array(shared.parameters.clone()),
            (method, Value::Object(fields)) if METHODS.contains(&method) => {
                operation::operation(context, fields, &join(&at, method), &shared)
            }
            (_, other) => other.clone(),
        };
        item.insert(key.clone(), converted);
    }
    item
}
