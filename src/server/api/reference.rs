//! The OpenAPI document as the docs page and the try-it panel show it.

use serde_json::{Map, Value, json};

use super::openapi;
use crate::types::operation::{OperationView, ParameterLocation, ParameterView};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Schemas nest, and may refer to themselves.
const MAX_DEPTH: usize = 8;

/// Every operation, in the order of the document.
pub fn reference() -> Vec<OperationView> {
    let document = serde_json::to_value(openapi()).unwrap_or_default();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push(view(&document, path, method, operation));
            }
        }
    }
    operations
}

fn view(document: &Value, path: &str, method: &str, operation: &Value) -> OperationView {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let scope = operation["security"][0].as_object().and_then(|names| names.values().next()).map_or(&Value::Null, |scopes| &scopes[0]);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    OperationView {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        scope: text(scope),
        parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        example_body: (!body.is_null()).then(|| serde_json::to_string_pretty(&example(document, body, 0)).unwrap_or_default()),
        responses: operation["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, response)| (status.clone(), text(&response["description"])))
            .collect(),
    }
}

fn parameter(parameter: &Value) -> ParameterView {
    let text =
        |value: &Value| value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned);
    let example = [&parameter["example"], &parameter["schema"]["example"], &parameter["schema"]["default"]];
    ParameterView {
        name: text(&parameter["name"]),
        location: match parameter["in"].as_str() {
            Some("path") => ParameterLocation::Path,
            Some("header") => ParameterLocation::Header,
            _ => ParameterLocation::Query,
        },
        required: parameter["required"].as_bool().unwrap_or(false),
        description: text(&parameter["description"]),
        example: example.into_iter().find(|value| !value.is_null()).map(text).unwrap_or_default(),
    }
}

/// A body that the schema accepts: its examples where it has some. Fields that have none and may
/// be left out are.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Some(place) = schema["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
        return example(document, document.pointer(place).unwrap_or(&Value::Null), depth + 1);
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = properties.iter().filter(|(name, field)| required.contains(&name.as_str()) || field.get("example").is_some());
        return Value::Object(fields.map(|(name, field)| (name.clone(), example(document, field, depth + 1))).collect::<Map<_, _>>());
    }
    let kind = if schema["type"].is_array() { &schema["type"][0] } else { &schema["type"] };
    match kind.as_str() {
        Some("string") => json!("text"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([example(document, &schema["items"], depth + 1)]),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_scope_a_summary_and_a_body_that_is_json() {
        let operations = reference();
        assert!(operations.len() >= 10);
        for operation in operations {
            assert!(!operation.id.is_empty() && !operation.summary.is_empty(), "{}", operation.path);
            assert!(operation.scope.contains(':'), "{}", operation.id);
            let is_read = operation.method == "GET"
                || operation.method == "DELETE"
                || operation.path.ends_with("able")
                || ["/revoke", "/test", "/retry", "/check"].iter().any(|act| operation.path.ends_with(act));
            assert_eq!(operation.example_body.is_none(), is_read, "{}", operation.id);
        }
    }

    #[test]
    fn the_example_of_a_new_customer_is_made_of_the_schemas_examples() {
        let create = reference().into_iter().find(|operation| operation.id == "createCustomer").unwrap();
        let body: Value = serde_json::from_str(&create.example_body.unwrap()).unwrap();
        assert_eq!(body["name"], "Ada Lovelace");
    }
}
