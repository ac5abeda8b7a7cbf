//! Whether the mock's response matches the document.

use serde_json::Value;

use super::examine::unsaid;
use super::model::Outcome;
use super::requests::Sent;
use crate::mock::{Call, MockResponse, Store, respond};
use crate::samples::is_json;
use crate::schemas::{Schemas, Verdict, within_task};
use crate::spec::{Media, Operation, Response, resolve};

/// Size of the mock's memory for one call.
const STORE: usize = 1 << 20;

/// Calls the mock with `sent`.
pub fn check(schemas: &Schemas, operation: &Operation, sent: &Sent) -> Outcome {
    let call = Call {
        org: "report",
        product: "report",
        path_params: &sent.path_params,
        query: sent.query.as_deref(),
        headers: &sent.headers,
        body: &sent.bytes,
    };
    let store = Store::holding(STORE);
    match within_task(|| respond(schemas, operation, &call, &store)) {
        Ok(response) => matches_document(schemas, operation, &response),
        Err(fault) => Outcome::of(vec![format!("{}: {}", fault.header, fault.message)]),
    }
}

fn matches_document(schemas: &Schemas, operation: &Operation, response: &MockResponse) -> Outcome {
    let status = response.status;
    let Some(declared) = declared_for(operation, status) else {
        let has_success = operation.responses.iter().any(|one| !is_error(&one.status));
        let is_bare = status == 200 && response.body.is_empty();
        return Outcome::of(if has_success || !is_bare {
            vec![format!("the status {status} is not declared")]
        } else {
            Vec::new()
        });
    };
    let is_empty = response.body.is_empty();
    let has_no_body = operation.method == "HEAD" || matches!(status, 204 | 205 | 304);
    if declared.content.is_empty() || has_no_body {
        let reasons = if is_empty { Vec::new() } else { vec!["a body is not declared".to_owned()] };
        return Outcome::of(reasons);
    }
    let content_type = response.content_type.as_deref().unwrap_or_default();
    let Some(media) = declared.content.iter().find(|media| includes(media, content_type)) else {
        return Outcome::of(vec![format!("the media type {content_type:?} is not declared")]);
    };
    if is_empty {
        return Outcome::of(vec!["the body is empty".to_owned()]);
    }
    if !is_json(content_type) {
        return Outcome::Passed;
    }
    match serde_json::from_slice(&response.body) {
        Ok(value) => matches_schema(schemas, media, &value),
        Err(error) => Outcome::of(vec![format!("the body is not JSON: {error}")]),
    }
}

fn matches_schema(schemas: &Schemas, media: &Media, value: &Value) -> Outcome {
    if value.is_null() && !is_null_only(schemas, &media.schema) {
        return Outcome::of(vec!["the body is null".to_owned()]);
    }
    match within_task(|| schemas.verdict(&media.schema, value)) {
        Verdict::Valid => Outcome::Passed,
        Verdict::Unsaid(why) => Outcome::NotChecked { reason: unsaid("body", why) },
        Verdict::Invalid(findings) => Outcome::of(
            findings
                .iter()
                .map(|finding| format!("body{}: {}", finding.pointer(), finding.message))
                .collect(),
        ),
    }
}

fn is_null_only(schemas: &Schemas, schema: &Value) -> bool {
    resolve(schemas.root(), schema)
        .is_some_and(|schema| schema.get("type").is_some_and(|kind| kind == "null"))
}

fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

/// An exact match, a class (`4XX`), or `default`.
fn declared_for(operation: &Operation, status: u16) -> Option<&Response> {
    let names = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
    names.iter().find_map(|name| {
        operation.responses.iter().find(|one| one.status.eq_ignore_ascii_case(name))
    })
}

/// Whether a declared type, which may be a range, includes the type of a response.
fn includes(media: &Media, content_type: &str) -> bool {
    let (declared, sent) = (essence(&media.content_type), essence(content_type));
    let kind = sent.split('/').next().unwrap_or_default();
    declared == sent || declared == "*/*" || declared == format!("{kind}/*")
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
