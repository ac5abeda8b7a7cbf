//! Reports of small documents with one fault each, and of real documents.

mod known;
mod published;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Options, Outcome, Report, report};

/// For documents that are checked completely.
const LIMIT: Duration = Duration::from_secs(600);

fn report_of(document: &Value) -> Report {
    let bytes = serde_json::to_vec(document).expect("JSON");
    report(&bytes, &Options { clock: &Instant::now, limit: LIMIT })
}

/// A document with one operation, `POST /things/{id}`.
fn document(operation: &Value) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "Things", "version": "1"},
    "paths": {"/things/{id}": {
        "parameters": [
            {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "post": operation
    }}})
}

fn responds_with(schema: &Value) -> Value {
    json!({"200": {"description": "", "content": {"application/json": {"schema": schema}}}})
}

fn failures(report: &Report) -> Vec<String> {
    let checks = report.operations.iter().flat_map(|operation| operation.checks.all());
    checks
        .filter_map(|(name, outcome)| match outcome {
            Outcome::Failed { reasons } => Some(format!("{name}: {}", reasons.join(", "))),
            _ => None,
        })
        .collect()
}

#[test]
fn an_operation_that_works_passes_all_checks() {
    let thing = json!({"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}});
    let report = report_of(&document(&json!({
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": thing}}},
        "responses": responds_with(&thing),
    })));
    assert!(report.is_passed(), "{}", report.text(80));
    assert_eq!((report.counts.operations, report.counts.failed, report.counts.skipped), (1, 0, 0));
    assert!(report.line("things").starts_with("ok "), "{}", report.line("things"));
}

#[test]
fn a_body_that_no_value_matches_fails_requests_and_the_mock() {
    let none = json!({"allOf": [{"type": "integer"}, {"type": "string"}]});
    let report = report_of(&document(&json!({
        "requestBody": {"required": true, "content": {"application/json": {"schema": none}}},
        "responses": responds_with(&none),
    })));
    let failures = failures(&report);
    for name in ["sample: ", "minimal request: ", "full request: ", "mock: "] {
        assert!(failures.iter().any(|failure| failure.starts_with(name)), "{name} {failures:?}");
    }
    assert!(!report.is_passed());
    assert_eq!(report.counts.failed, 1);
    assert!(report.text(80).contains("FAILED   POST /things/{id}"), "{}", report.text(80));
}

#[test]
fn a_refused_document_has_its_errors_and_no_operations() {
    let report = report_of(&json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"things": {}}}));
    assert!(!report.is_accepted() && report.operations.is_empty());
    assert!(report.line("things").starts_with("refused"), "{}", report.line("things"));
    assert!(report.text(80).contains("refused  line 1, /paths/things"), "{}", report.text(80));
}

#[test]
fn a_keyword_that_cannot_be_read_is_a_warning() {
    let report = report_of(&document(&json!({
        "responses": responds_with(&json!({"type": "string", "pattern": "("}))
    })));
    assert_eq!(report.warnings.len(), 1, "{}", report.text(80));
}

#[test]
fn operations_after_the_time_limit_are_counted() {
    let document = document(&json!({"responses": responds_with(&json!({"type": "string"}))}));
    let bytes = serde_json::to_vec(&document).expect("JSON");
    let (begun, calls) = (Instant::now(), std::sync::atomic::AtomicU32::new(0));
    // Each reading is a second after the one before.
    let clock = || {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        begun + Duration::from_secs(u64::from(call))
    };
    let report = report(&bytes, &Options { clock: &clock, limit: Duration::ZERO });
    assert_eq!((report.counts.operations, report.counts.skipped), (1, 1));
    assert!(!report.is_passed());
    assert!(report.text(80).contains("1 not checked within the time limit"));
    assert_eq!(report.times.read_ms, 1_000);
}

#[test]
fn a_long_text_ends_with_the_number_of_lines_that_are_left_out() {
    let none = json!({"allOf": [{"type": "integer"}, {"type": "string"}]});
    let one =
        |name: &str| (format!("/{name}"), json!({"get": {"responses": responds_with(&none)}}));
    let paths: serde_json::Map<String, Value> =
        (0..50).map(|number| one(&format!("path-{number}"))).collect();
    let report = report_of(&json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": paths}));
    let (short, long) = (report.text(20), report.text(1_000));
    assert_eq!(short.lines().count(), 20);
    let left_out = long.lines().count() - 19;
    assert!(
        short.ends_with(&format!("{left_out} more lines; --json lists everything\n")),
        "{short}"
    );
}

#[test]
fn text_of_a_document_cannot_add_lines() {
    let mut document = document(&json!({"responses": {"200": {"description": ""}}}));
    document["info"]["title"] = json!("a\nrefused  b\u{1b}[2J");
    let text = report_of(&document).text(80);
    assert!(text.starts_with("a refused  b [2J 1"), "{text}");
}

#[test]
fn the_json_names_each_check_with_its_outcome() {
    let report = report_of(&document(&json!({"responses": {"204": {"description": ""}}})));
    let json = serde_json::to_value(&report).expect("JSON");
    for check in ["sample", "minimal", "full", "mock"] {
        let outcome = json.pointer(&format!("/operations/0/checks/{check}/outcome"));
        assert_eq!(outcome, Some(&json!("passed")), "{check}: {json}");
    }
    assert_eq!(json.pointer("/clients/python/outcome"), Some(&json!("generated")));
}
