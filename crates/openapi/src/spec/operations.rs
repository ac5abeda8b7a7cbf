//! Builds the model from a normalised document: operations with everything that they refer to,
//! except schemas, which may be cyclic.

mod ids;
mod parts;
mod sent;
mod status;

use std::collections::HashSet;

use serde_json::{Value, json};

pub use ids::Ids;
pub use status::status;

use parts::Parts;
pub use sent::sent;

use super::methods;
use super::model::{Body, Fault, Operation, Parameter, Place, Price, Spec, Tag};
use super::template;
use super::walk::join;

/// Maximum number of operations in a document, because each is a page, a scope and a route.
pub const MAX_OPERATIONS: usize = 5_000;

/// Reads the model from a document that was checked and normalised. `openapi` is the version as
/// written.
///
/// # Errors
/// Fails if its operations, each with everything that it refers to, need too much memory.
pub fn extract(root: Value, openapi: String) -> Result<Spec, Fault> {
    let parts = Parts::of(&root);
    let mut operations = operations(&parts);
    if parts.are_too_many() {
        let message = "the operations refer to large inline schemas or examples too often; put them under \
                       `components/schemas` and refer to them";
        return Err(Fault {
            pointer: "/paths".to_owned(),
            line: None,
            message: message.to_owned(),
        });
    }
    ids::make(&mut operations);
    let info = root.get("info").unwrap_or(&Value::Null);
    Ok(Spec {
        title: text(info, "title"),
        version: text(info, "version"),
        description: text(info, "description"),
        openapi,
        tags: tags(&root, &operations),
        servers: servers(&root),
        operations,
        webhooks: names(root.get("webhooks")),
        warnings: Vec::new(),
        more_warnings: 0,
        root,
    })
}

/// The text of a field. Empty if there is none. Versions may be written as numbers.
fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key).and_then(Value::as_bool)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The fields of an object, without extensions.
fn named(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.starts_with("x-"))
}

fn names(value: Option<&Value>) -> Vec<String> {
    named(value).map(|(name, _)| name.clone()).collect()
}

fn tags(root: &Value, operations: &[Operation]) -> Vec<Tag> {
    let declared = list(root, "tags").iter().map(|tag| Tag {
        name: text(tag, "name"),
        description: text(tag, "description"),
        summary: text(tag, "summary"),
        parent: text(tag, "parent"),
        kind: text(tag, "kind"),
    });
    let used = operations.iter().flat_map(|operation| &operation.tags);
    let used = used.map(|name| Tag { name: name.clone(), ..Tag::default() });
    let mut seen = std::collections::HashSet::new();
    declared
        .chain(used)
        .filter(|tag| !tag.name.is_empty() && seen.insert(tag.name.clone()))
        .collect()
}

/// The URLs of the servers, with the defaults of their variables.
fn servers(root: &Value) -> Vec<String> {
    let servers = list(root, "servers").iter().filter_map(|server| {
        let mut url = server.get("url")?.as_str()?.to_owned();
        for (name, variable) in named(server.get("variables")) {
            url = url.replace(&format!("{{{name}}}"), &text(variable, "default"));
        }
        Some(url)
    });
    servers.collect()
}

fn operations(parts: &Parts) -> Vec<Operation> {
    let root = parts.root;
    let mut found = Vec::new();
    let mut shapes = HashSet::new();
    for (path, written) in named(root.get("paths")) {
        let shape = template::parse(path).map(|segments| template::shape(path, &segments));
        let shape = shape.unwrap_or_else(|_| path.clone());
        let at = join("/paths", path);
        let (item, target) = parts::follow(root, written, &at);
        for declared in methods::declared(written, item) {
            // Another path may match the same requests.
            if !shapes.insert((shape.clone(), declared.method.clone())) {
                continue;
            }
            let at = if declared.is_own { &at } else { &target };
            let pointer = format!("{at}{}", declared.steps);
            found.push(extract_operation(
                parts,
                &declared.method,
                path,
                item,
                declared.operation,
                &pointer,
            ));
        }
    }
    found
}

fn extract_operation(
    parts: &Parts,
    method: &str,
    path: &str,
    item: &Value,
    operation: &Value,
    pointer: &str,
) -> Operation {
    let parameters = parameters(parts, path, item, operation);
    Operation {
        id: text(operation, "operationId"),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: or_of(text(operation, "summary"), item, "summary"),
        description: or_of(text(operation, "description"), item, "description"),
        tags: list(operation, "tags").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        deprecated: flag(operation, "deprecated").unwrap_or(false),
        sunset: operation.get("x-sunset").and_then(Value::as_str).map(str::to_owned),
        parameters,
        body: operation.get("requestBody").and_then(|body| parts::body(parts, body)).map(|body| {
            // Content has no meaning there (RFC 9110, section 9.3.1), and many programs cannot send
            // any.
            let required = body.required && !matches!(method, "GET" | "HEAD");
            Body { required, ..body }
        }),
        responses: named(operation.get("responses"))
            .filter_map(|(status, response)| parts::response(parts, status, response))
            .collect(),
        callbacks: names(operation.get("callbacks")),
        price: price(operation),
        requires_idempotency_key: operation.get("x-tollgate-idempotency").and_then(Value::as_str)
            == Some("required"),
        response_has_secret: flag(operation, "x-tollgate-secret-answer").unwrap_or(false),
        unresolved: Vec::new(),
        pointer: pointer.to_owned(),
    }
}

fn or_of(own: String, item: &Value, key: &str) -> String {
    if own.is_empty() { text(item, key) } else { own }
}

/// The parameters of the operation, and those of its path that it does not replace; path parameters
/// first. Those in the template that are not declared are strings; others are not path parameters.
fn parameters(parts: &Parts, path: &str, item: &Value, operation: &Value) -> Vec<Parameter> {
    let own = list(operation, "parameters")
        .iter()
        .filter_map(|parameter| parts::parameter(parts, parameter));
    let mut all: Vec<Parameter> = Vec::new();
    let shared =
        list(item, "parameters").iter().filter_map(|parameter| parts::parameter(parts, parameter));
    for parameter in shared.chain(own) {
        match all
            .iter_mut()
            .find(|known| known.name == parameter.name && known.place == parameter.place)
        {
            Some(known) => *known = parameter,
            None => all.push(parameter),
        }
    }
    let segments = template::parse(path).unwrap_or_default();
    let names: HashSet<&str> = template::names(&segments).collect();
    all.retain(|known| known.place != Place::Path || names.contains(known.name.as_str()));
    for name in template::names(&segments) {
        if !all.iter().any(|known| known.place == Place::Path && known.name == name) {
            let undeclared = json!({ "name": name, "in": "path", "schema": { "type": "string" } });
            all.extend(parts::parameter(parts, &undeclared));
        }
    }
    all.sort_by_key(|parameter| parameter.place != Place::Path);
    all
}

/// The default price: one unit for a successful response.
fn price(operation: &Value) -> Price {
    let units = |key| {
        operation.get(key).and_then(Value::as_u64).and_then(|units| u32::try_from(units).ok())
    };
    let billable = operation
        .get("x-tollgate-billable")
        .and_then(|value| serde_json::from_value(value.clone()).ok());
    Price {
        units: units("x-tollgate-units").unwrap_or(1),
        max_units: units("x-tollgate-max-units"),
        billable: billable.unwrap_or_default(),
    }
}
