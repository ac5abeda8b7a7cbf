use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::docs_text::operation_markdown;
use crate::facts::tests::{absent, file, markers};
use crate::schemas::Schemas;

/// The data of all pages of a document as one text.
fn pages(spec: &Spec) -> String {
    let mut all = vec![
        json!([about(&spec.description, MAX_ABOUT), facts::document(spec, about)]),
        json!(facts::webhooks(spec)),
        json!(facts::schemas(spec)),
    ];
    for known in &spec.tags {
        let shown = facts::tag(spec, &known.name);
        let links = shown.documentation.map(|fact| (fact.text, fact.href));
        all.push(json!([shown.title, shown.group, links, known.description]));
    }
    for operation in spec.operations.iter().filter(|known| facts::is_public(spec, known)) {
        all.push(json!([operation.summary, description(operation), operation.path]));
        all.push(json!([
            facts::operation(spec, operation, about),
            facts::samples(spec, operation)
        ]));
        let mut page = Page::of(spec);
        all.push(json!([page.parameters(operation), page.body(operation)]));
        all.push(json!([page.responses(operation), page.callbacks(operation)]));
    }
    for (name, _) in facts::webhooks(spec) {
        let requests = facts::webhook(spec, &name);
        let mut page = Page::of(spec);
        all.extend(requests.iter().map(|request| json!(page.request(request))));
    }
    all.extend(facts::schemas(spec).iter().map(|at| json!(schema(spec, at))));
    Value::Array(all).to_string()
}

#[test]
fn pages_show_what_their_markdown_shows() {
    let source = file("features-3.1.yaml");
    let pages = pages(&Spec::read(&source).unwrap());
    let source = String::from_utf8(source).unwrap();
    let missing: Vec<&str> = markers(&source)
        .into_iter()
        .filter(|word| !pages.contains(word) && !absent(word))
        .collect();
    assert!(missing.is_empty(), "on no page: {missing:?}");
}

#[test]
fn a_page_of_many_long_examples_has_a_bound_and_names_the_rest() {
    let examples: serde_json::Map<String, Value> = (0..20)
        .map(|number| (format!("e{number}"), json!({ "value": "x".repeat(15_000) })))
        .collect();
    let media = json!({ "application/json": { "schema": {}, "examples": examples } });
    let responses: serde_json::Map<String, Value> = (200..220)
        .map(|status| (status.to_string(), json!({ "description": "", "content": media })))
        .collect();
    let spec = Spec::from_value(json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": responses } } },
    }))
    .unwrap();
    let operation = &spec.operations[0];
    let mut page = Page::of(&spec);
    let shown = json!(page.responses(operation)).to_string();
    assert!(shown.len() < 2 * MAX_EXAMPLES, "{}", shown.len());
    assert_eq!(page.omitted(operation), ["383 examples"]);
}

/// Each part refers to the same large schema, response or example.
#[test]
fn pages_of_a_document_that_repeats_large_parts_are_bounded() {
    let fields: serde_json::Map<String, Value> = (0..60)
        .map(|number| {
            (format!("f{number}"), json!({ "type": "string", "description": "d".repeat(4_000) }))
        })
        .collect();
    let large = json!({ "$ref": "#/components/schemas/Large" });
    let parameters: Vec<Value> = (0..1_500)
        .map(|number| json!({ "in": "query", "name": format!("p{number}"), "schema": large, "description": "e".repeat(200) }))
        .collect();
    let responses: serde_json::Map<String, Value> = (200..500)
        .map(|status| (status.to_string(), json!({ "$ref": "#/components/responses/Any" })))
        .collect();
    let media = json!({ "schema": large, "examples": { "a": { "value": "x".repeat(10_000) } } });
    let content = json!({ "a/json": media, "b/json": media, "c/json": media });
    let spec = Spec::from_value(json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "parameters": parameters, "responses": responses } } },
        "components": {
            "schemas": { "Large": { "type": "object", "properties": fields } },
            "responses": { "Any": { "description": "r".repeat(10_000), "content": content } },
        },
    }))
    .unwrap();
    let operation = &spec.operations[0];
    let mut page = Page::of(&spec);
    let shown = json!([page.parameters(operation), page.responses(operation)]).to_string();
    assert!(shown.len() < 10 << 20, "{}", shown.len());
    let omitted = page.omitted(operation);
    assert!(omitted.iter().any(|text| text.ends_with(" parameters")), "{omitted:?}");
    let schemas = Schemas::of_requests(Arc::new(spec.clone()));
    let text = operation_markdown(&schemas, operation, "https://x.test", &[]);
    assert!(text.len() < 24 << 20, "{}", text.len());
    assert!(
        text.contains("The OpenAPI document has 500 more.")
            && text.contains("[more](schemas/Large.md)")
    );
}
