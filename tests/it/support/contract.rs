//! Compares responses with the OpenAPI documents: whatever else a test is about, the responses that
//! it gets must be documented.

use std::sync::LazyLock;

use reqwest::Method;
use tollgate::server::{App, admin};
use tollgate_openapi::spec::{Operation, Routes, Spec};

use super::TestResponse;

static ADMIN: LazyLock<(Spec, Routes)> = LazyLock::new(|| {
    let document = serde_json::to_value(admin::api::openapi("/")).expect("a document");
    let spec = Spec::from_value(document).expect("a right document");
    let routes = Routes::new(&spec);
    (spec, routes)
});

/// The operation of `/v1` or of the admin API that a request calls.
fn operation<'a>(app: &'a App, method: &Method, path: &str) -> Option<&'a Operation> {
    if path.starts_with("/v1/") {
        let platform = &app.products.platform;
        return platform.spec.operations.get(platform.find(method, path).ok()?.place?);
    }
    let (spec, routes) = &*ADMIN;
    path.starts_with("/admin/api/v1/")
        .then(|| spec.operations.get(routes.operation(method.as_str(), path).ok()?))
        .flatten()
}

/// Checks that the operation documents this status and code.
pub fn check(app: &App, method: &Method, path: &str, answer: &TestResponse) {
    // A dry run calls no operation.
    if answer.headers.contains_key("tollgate-dry-run") {
        return;
    }
    let Some(operation) = operation(app, method, path) else { return };
    let (id, status) = (&operation.id, answer.status.to_string());
    let response = operation.responses.iter().find(|response| response.status == status);
    let response = response
        .unwrap_or_else(|| panic!("{id} does not document the status {status}: {}", answer.text));
    if answer.header("content-type") != "application/problem+json" || answer.text.is_empty() {
        return;
    }
    let body = answer.json();
    // Only a test's own document has an operation that requires a key.
    if body["code"] == "idempotency_key_missing" {
        return;
    }
    let documented = response
        .content
        .first()
        .and_then(|media| media.schema["allOf"][1]["properties"]["code"]["enum"].as_array());
    let is_documented = documented.is_some_and(|codes| codes.contains(&body["code"]));
    assert!(
        is_documented,
        "{id} does not document this error; add its code to the row of {id}: {}",
        answer.text
    );
}
