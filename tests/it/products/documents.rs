//! Real-world documents: each is registered, and each of its operations called in the sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tollgate::types::environment::Environment;
use tollgate_openapi::samples::{self, SampleBody};
use tollgate_openapi::schemas::Schemas;
use tollgate_openapi::spec::{Operation, Routes, Spec};

use super::register_bytes;
use crate::support::{Portal, TestDb, TestResponse, on_both};

/// Limits that no test here reaches.
const OPEN: [&str; 8] = [
    "--limit-key",
    "1000000/1",
    "--limit-org",
    "1000000/1",
    "--limit-ip",
    "1000000/1",
    "--limit-operation",
    "1000000/1",
];

#[derive(Debug, Default)]
struct Counts {
    operations: usize,
    called: usize,
    checked: usize,
}

/// The declared response with this status.
fn declared<'a>(
    operation: &'a Operation,
    answer: &TestResponse,
) -> &'a tollgate_openapi::spec::Response {
    let (exact, range) = (answer.status.to_string(), format!("{}XX", answer.status / 100));
    let of = |status: &str| {
        operation.responses.iter().find(|response| response.status.eq_ignore_ascii_case(status))
    };
    of(&exact)
        .or_else(|| of(&range))
        .or_else(|| of("default"))
        .unwrap_or_else(|| panic!("{} does not declare {exact}", operation.id))
}

/// Compiled with another library than the gateway's: the schema next to the whole document that it
/// refers to.
fn compiled(spec: &Spec, schema: &Value) -> Validator {
    let mut whole: Map<String, Value> = ["components", "paths", "webhooks"]
        .into_iter()
        .filter_map(|part| Some((part.to_owned(), spec.root.get(part)?.clone())))
        .collect();
    whole.insert("allOf".into(), json!([schema]));
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&Value::Object(whole))
        .expect("a right schema")
}

on_both! {
    async fn every_operation_of_every_document_has_a_valid_response_in_the_sandbox(db: TestDb) {
        let portal = Portal::with_flags(&db, &OPEN).await;
        let org = portal.org("Acme").await.id;
        let mut all = BTreeMap::new();
        let mut files: Vec<_> = fs::read_dir("tests/specs").unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for (number, file) in files.iter().enumerate() {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(file).unwrap();
            let spec = Arc::new(Spec::read(&bytes).unwrap_or_else(|faults| panic!("{name}: {faults:?}")));
            let id = format!("product-{number}");
            register_bytes(&portal, &id, bytes).await;
            let key = portal.key(&org, Environment::Sandbox, &[&format!("{id}:*")]).await;
            let requests = Schemas::of_requests(Arc::clone(&spec));
            let routes = Routes::new(&spec);
            let mut counts = Counts::default();
            for operation in &spec.operations {
                counts.operations += 1;
                let sample = samples::request(&requests, operation, &format!("{}/api/{id}", portal.url));
                let mut request = portal.client.request(Method::from_bytes(sample.method.as_bytes()).unwrap(), &sample.url);
                for (name, value) in sample.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")) {
                    request = request.header(name, value);
                }
                request = match sample.body {
                    Some(SampleBody::Json(value)) => request.body(value.to_string()),
                    Some(SampleBody::Text(text)) => request.body(text),
                    Some(SampleBody::Parts(_)) | None => request,
                };
                let answer = portal.send(request.bearer_auth(&key.key)).await;
                assert!(answer.status < 500, "{name} {}: {} {}", operation.id, answer.status, answer.text);
                assert_eq!(answer.header("tollgate-environment"), "sandbox", "{name} {}", operation.id);
                counts.called += 1;
                let content_type = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
                // The part after `#` in a template is never sent: then the operation of the plain
                // path responds.
                let path = sample.url.split(['?', '#']).next().unwrap().strip_prefix(&format!("{}/api/{id}", portal.url)).unwrap();
                let answering = &spec.operations[routes.find(&sample.method, path).expect("an operation").operation];
                let response = declared(answering, &answer);
                let Some(media) = response.content.iter().find(|media| media.content_type.split(';').next() == Some(&content_type) && content_type.contains("json")) else { continue };
                let value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{name} {}: {}", operation.id, answer.text));
                let faults: Vec<String> = compiled(&spec, &media.schema).iter_errors(&value).map(|fault| format!("{} {fault}", fault.instance_path())).collect();
                assert!(faults.is_empty(), "{name} {}: {faults:?} in {}", operation.id, answer.text);
                counts.checked += 1;
            }
            all.insert(name, counts);
        }
        let total = all.values().map(|counts| counts.operations).sum::<usize>();
        println!("{all:#?}\n{total} operations");
        assert!(all.values().all(|counts| counts.called == counts.operations), "{all:?}");
    }
}
