//! Operations.

use serde_json::{Map, Value};

use super::context::{Context, Fields, media_types};
use super::inputs::{self, Inputs, Part};
use super::{body, form, response, servers};
use crate::spec::walk::join;

/// `at` is the location in both documents, `shared` what the path declares for all operations.
pub fn operation(context: &Context, fields: &Fields, at: &str, shared: &Inputs) -> Value {
    let inputs = match fields.get("parameters") {
        Some(Value::Array(list)) => inputs::separate(context, list, &join(at, "parameters")),
        _ => Inputs::default(),
    };
    let mut operation = Map::new();
    for (key, value) in fields {
        let converted = match (key.as_str(), value) {
            ("consumes" | "produces" | "schemes", _) => continue,
            ("parameters", Value::Array(_)) if inputs.parameters.is_empty() => continue,
            ("parameters", Value::Array(_)) => Value::Array(inputs.parameters.clone()),
            ("responses", Value::Object(responses)) => {
                Value::Object(self::responses(context, responses, fields, &join(at, key)))
            }
            (_, other) => other.clone(),
        };
        operation.insert(key.clone(), converted);
    }
    let consumes = media_types(context, Some(fields), "consumes");
    let at = join(at, "requestBody");
    if let Some(body) = inputs.body.as_ref() {
        operation.insert("requestBody".to_owned(), body::body(context, body, &consumes, &at));
    } else if let Some(form) = fields_of_form(&inputs, shared) {
        operation.insert("requestBody".to_owned(), form::form(context, &form, &consumes, &at));
    } else if let Some(body) = shared.body.as_ref() {
        operation.insert("requestBody".to_owned(), body::body(context, body, &consumes, &at));
    }
    if let Some(schemes) = fields.get("schemes") {
        let servers = servers::servers(context.written, Some(schemes));
        if !servers.is_empty() {
            operation.insert("servers".to_owned(), Value::Array(servers));
        }
    }
    Value::Object(operation)
}

/// The fields of the operation, and those of its path that it does not replace. `None` if there are
/// none.
fn fields_of_form<'a>(own: &Inputs<'a>, shared: &Inputs<'a>) -> Option<Vec<Part<'a>>> {
    let is_own = |part: &&Part| own.form.iter().any(|own| own.name() == part.name());
    let others = shared.form.iter().filter(|part| !is_own(part)).cloned();
    let form: Vec<Part> = own.form.iter().cloned().chain(others).collect();
    (!form.is_empty()).then_some(form)
}

fn responses(context: &Context, written: &Fields, owner: &Fields, at: &str) -> Fields {
    let produces = media_types(context, Some(owner), "produces");
    let is_own = owner.contains_key("produces");
    let converted = written.iter().map(|(status, value)| {
        let value = if status.starts_with("x-") {
            value.clone()
        } else {
            response::response(context, value, &produces, is_own, &join(at, status))
        };
        (status.clone(), value)
    });
    converted.collect()
}
