//! A call put together from an operation and what was filled in.

use crate::components::call::Call;
use crate::components::format::encode;
use crate::types::operation::{OperationView, ParameterLocation};

/// `values` are in the order of the operation's parameters. Empty optional ones are left out.
pub fn build(operation: &OperationView, values: &[String], body: Option<&str>, key: &str, is_dry_run: bool) -> Call {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    if !key.is_empty() {
        headers.push(("Authorization".to_owned(), format!("Bearer {key}")));
    }
    for (parameter, value) in operation.parameters.iter().zip(values) {
        let value = value.trim();
        match parameter.location {
            // An empty one keeps its braces, so that one sees what is missing.
            ParameterLocation::Path if !value.is_empty() => {
                path = path.replace(&format!("{{{}}}", parameter.name), &encode(value));
            }
            ParameterLocation::Query if !value.is_empty() => query.push(format!("{}={}", encode(&parameter.name), encode(value))),
            ParameterLocation::Header if !value.is_empty() => headers.push((parameter.name.clone(), value.to_owned())),
            _ => {}
        }
    }
    if is_dry_run {
        headers.push(("Tollgate-Dry-Run".to_owned(), "true".to_owned()));
    }
    let body = body.filter(|body| operation.example_body.is_some() && !body.trim().is_empty()).map(str::to_owned);
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let url = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    Call { method: operation.method.clone(), url, headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::operation::ParameterView;

    fn parameter(name: &str, location: ParameterLocation) -> ParameterView {
        ParameterView { name: name.into(), location, required: false, description: String::new(), example: String::new() }
    }

    #[test]
    fn parameters_go_where_they_belong() {
        let operation = OperationView {
            id: "update".into(),
            method: "PATCH".into(),
            path: "/v1/customers/{id}".into(),
            summary: String::new(),
            description: String::new(),
            scope: String::new(),
            parameters: vec![
                parameter("id", ParameterLocation::Path),
                parameter("limit", ParameterLocation::Query),
                parameter("cursor", ParameterLocation::Query),
                parameter("X-Request-Id", ParameterLocation::Header),
            ],
            example_body: Some("{}".into()),
            responses: vec![],
        };
        let values = ["cus/1", "5", "", "me"].map(str::to_owned);
        let call = build(&operation, &values, Some("{\"a\":1}"), "k", false);
        assert_eq!(call.url, "/v1/customers/cus%2F1?limit=5");
        assert_eq!(call.body.as_deref(), Some("{\"a\":1}"));
        let headers: Vec<_> = call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("Authorization", "Bearer k"), ("X-Request-Id", "me"), ("Content-Type", "application/json")]);
        let dry = build(&operation, &values, None, "k", true);
        assert_eq!(dry.headers.last(), Some(&("Tollgate-Dry-Run".to_owned(), "true".to_owned())));
    }
}
