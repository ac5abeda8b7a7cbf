//! What OpenAPI 3.2 adds, references to operations, and documents of other kinds.

use serde_json::json;

use super::spec;
use crate::spec::{NoMatch, Routes, Spec, Strictness};

/// A document of version 3.2 with these lines (YAML) after its header.
fn document(rest: &str) -> String {
    format!("openapi: 3.2.0\ninfo: {{title: T, version: '1'}}\n{rest}")
}

/// `pointer: message` of each error and warning.
fn faults(text: &str) -> Vec<String> {
    let read = Spec::read_with(text.as_bytes(), Strictness::Strict);
    let faults = read.err().unwrap_or_default();
    faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect()
}

#[test]
fn all_methods_of_3_2_have_routes() {
    let spec = spec(&document(
        "paths:\n  /a:\n    query: {operationId: q, requestBody: {content: {application/json: {schema: {type: object}}}}}\n    additionalOperations:\n      LINK: {operationId: l}\n      Copy: {}\n      PUT: {operationId: p}\n  /b: {$ref: '#/components/pathItems/B'}\ncomponents: {pathItems: {B: {additionalOperations: {LINK: {}}}}}\n",
    ));
    let found: Vec<(&str, &str, &str)> = spec
        .operations
        .iter()
        .map(|operation| {
            (operation.method.as_str(), operation.id.as_str(), operation.pointer.as_str())
        })
        .collect();
    let expected = [
        ("PUT", "p", "/paths/~1a/put"),
        ("QUERY", "q", "/paths/~1a/query"),
        ("LINK", "l", "/paths/~1a/additionalOperations/LINK"),
        ("Copy", "copyA", "/paths/~1a/additionalOperations/Copy"),
        ("LINK", "linkB", "/components/pathItems/B/additionalOperations/LINK"),
    ];
    assert_eq!(found, expected);
    assert!(found.iter().all(|(.., pointer)| spec.root.pointer(pointer).is_some()));
    assert!(spec.operations[1].body.is_some() && spec.operations[1].reads());
    let routes = Routes::new(&spec);
    for (index, (method, ..)) in expected.iter().enumerate() {
        let path = if index == 4 { "/b" } else { "/a" };
        assert_eq!(routes.operation(method, path), Ok(index), "{method}");
    }
    assert_eq!(
        routes.operation("COPY", "/a"),
        Err(NoMatch::Method("PUT, QUERY, LINK, Copy".to_owned()))
    );
}

#[test]
fn a_method_that_no_request_can_have_is_reported() {
    let found = faults(&document("paths: {/a: {additionalOperations: {'A B': {}}}}"));
    assert!(
        found.len() == 1 && found[0].starts_with("/paths/~1a/additionalOperations/A B: "),
        "{found:?}"
    );
}

#[test]
fn streams_shared_media_types_and_examples_of_3_2_are_read() {
    let spec = spec(&document(
        "paths:\n  /a:\n    get:\n      responses:\n        '200':\n          summary: short\n          content:\n            application/jsonl: {itemSchema: {type: integer, example: 3}}\n            text/csv: {$ref: '#/components/mediaTypes/Table'}\n            application/json:\n              schema: {type: array}\n              itemSchema: {type: string}\n              examples:\n                data: {dataValue: [1], serializedValue: '[ 1 ]'}\n                text: {serializedValue: '[2]'}\n                plain: {serializedValue: '2'}\ncomponents: {mediaTypes: {Table: {schema: {type: string}}}}\n",
    ));
    let response = &spec.operations[0].responses[0];
    assert_eq!(response.description, "short");
    let found: Vec<_> = response
        .content
        .iter()
        .map(|media| (media.content_type.as_str(), media.schema.clone(), media.is_sequence))
        .collect();
    let expected = [
        ("application/jsonl", json!({"type": "integer", "examples": [3]}), true),
        ("text/csv", json!({"type": "string"}), false),
        ("application/json", json!({"type": "array"}), false),
    ];
    assert_eq!(found, expected);
    let examples: Vec<_> =
        response.content[2].examples.iter().map(|example| example.value.clone()).collect();
    assert_eq!(examples, [json!([1]), json!([2]), json!("2")]);
}

#[test]
fn tags_of_3_2_form_a_tree() {
    let spec = spec(&document("tags: [{name: a, summary: A, kind: nav}, {name: b, parent: a}]\n"));
    let found: Vec<_> = spec
        .tags
        .iter()
        .map(|tag| {
            [tag.name.as_str(), tag.summary.as_str(), tag.parent.as_str(), tag.kind.as_str()]
        })
        .collect();
    assert_eq!(found, [["a", "A", "", "nav"], ["b", "", "a", ""]]);
}

#[test]
fn a_document_may_refer_to_itself_by_its_url() {
    for reference in [
        "https://a.com/v1/api.yaml#/components/schemas/S",
        "api.yaml#/components/schemas/S",
        "/v1/api.yaml#/components/schemas/S",
    ] {
        let spec = spec(&document(&format!(
            "$self: https://a.com/v1/api.yaml\npaths: {{/a: {{get: {{requestBody: {{content: {{a/b: {{schema: {{$ref: '{reference}'}}}}}}}}}}}}}}\ncomponents: {{schemas: {{S: {{}}}}}}\n"
        )));
        let schema = spec.root.pointer("/paths/~1a/get/requestBody/content/a~1b/schema/$ref");
        assert_eq!(schema, Some(&json!("#/components/schemas/S")), "{reference}");
    }
}

#[test]
fn a_query_string_as_a_whole_is_documented() {
    let spec = spec(&document(
        "paths:\n  /a:\n    get:\n      parameters:\n        - in: querystring\n          name: filter\n          required: true\n          content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {q: {type: string}}}}}\n  /b:\n    get:\n      parameters: [{in: querystring, name: path, description: D., content: {application/jsonpath: {schema: {type: string}}}}]\n",
    ));
    let parameter = |index: usize| spec.operations[index].parameters[0].clone();
    let form = parameter(0);
    assert_eq!((form.style.as_str(), form.explode, form.required), ("form", true, true));
    assert_eq!((form.content_type, form.schema["type"].clone()), (None, json!("object")));
    let other = parameter(1);
    assert_eq!(other.content_type.as_deref(), Some("application/jsonpath"));
    assert!(!other.required && other.description.contains("whole query string"), "{other:?}");
}

#[test]
fn a_reference_to_an_operation_is_followed() {
    let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a: {get: {$ref: '#/x-ops/a', summary: own}}\n  /b: {post: {$ref: '#/paths/~1a/get'}}\nx-ops:\n  a: {operationId: a, summary: s, description: d, responses: {'200': {description: ok}}}\n";
    let read = spec(text);
    let found: Vec<_> = read
        .operations
        .iter()
        .map(|operation| {
            (operation.id.as_str(), operation.summary.as_str(), operation.responses.len())
        })
        .collect();
    assert_eq!(found, [("a", "own", 1), ("postB", "own", 1)]);
    let wrong = text.replace("'200'", "'2000'");
    let warnings = spec(&wrong).warnings;
    let found = (warnings[0].pointer.as_str(), warnings[0].line);
    assert_eq!(found, ("/x-ops/a/responses/2000", Some(7)));
    let lost = text.replace("#/x-ops/a", "#/x-ops/b");
    assert_eq!(spec(&lost).operations[0].unresolved, ["#/x-ops/b"]);
    let found = self::faults(&lost);
    let message = "/paths/~1a/get/$ref: `#/x-ops/b` leads to no operation";
    assert!(found.iter().any(|found| found.starts_with(message)), "{found:?}");
}

#[test]
fn references_that_would_fill_the_memory_are_refused() {
    let responses: String = (0..5_000).map(|number| format!("x-{number}: {{}}, ")).collect();
    let paths: String =
        (0..1_000).map(|number| format!("  /{number}: {{get: {{$ref: '#/x-o'}}}}\n")).collect();
    let found = faults(&document(&format!("x-o: {{responses: {{{responses}}}}}\npaths:\n{paths}")));
    let is_about_size = |found: &String| found.contains("too many large operations");
    assert!(found.iter().any(is_about_size), "{:?}", found.first());
}

#[test]
fn documents_of_other_kinds_are_named() {
    for (text, name) in [
        ("asyncapi: 3.0.0\ninfo: {title: T}\n", "AsyncAPI"),
        ("{\"swaggerVersion\": \"1.2\", \"apis\": []}", "Swagger 1"),
        (
            "{\"info\": {\"name\": \"n\", \"schema\": \"https://schema.getpostman.com/json/collection/v2.1.0/collection.json\"}, \"item\": []}",
            "Postman",
        ),
        ("#%RAML 1.0\ntitle: T\n", "RAML"),
        ("FORMAT: 1A\n\n# Polls\n\n## Question [/q]\n", "API Blueprint"),
        ("\n# note\n\"\"\"\ntype of things\n\"\"\"\ntype Query {\n  a: Int\n}\n", "GraphQL"),
        ("<!DOCTYPE html>\n<html><body>x</body></html>", "HTML"),
        ("\u{feff}  <html>", "HTML"),
        (
            "<?xml version=\"1.0\"?>\n<definitions xmlns=\"http://schemas.xmlsoap.org/wsdl/\"/>",
            "WSDL",
        ),
        ("<?xml version=\"1.0\"?>\n<a/>", "XML"),
        ("PK\u{3}\u{4}abc", "ZIP archive"),
        ("arazzo: 1.0.0\n", "Arazzo"),
        ("syntax = \"proto3\";\nmessage A {}\n", "Protocol Buffers"),
    ] {
        let found = faults(text);
        assert!(
            found.len() == 1 && found[0].contains(name) && found[0].contains("; "),
            "{text}: {found:?}"
        );
    }
    // A description may mention all of them.
    spec(&document("x-about: <html> asyncapi FORMAT 1A\nasyncapi: 1\n"));
}
