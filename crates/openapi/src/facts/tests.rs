use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::docs_text::{
    ListedProduct, operation_markdown, product_markdown, schema_markdown, webhook_markdown,
};
use crate::schemas::Schemas;

/// A document of the folder `tests/specs`.
pub fn file(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/specs");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// All Markdown pages of a document.
fn pages(spec: Spec) -> BTreeMap<String, String> {
    let spec = Arc::new(spec);
    let listed = ListedProduct {
        name: "Product",
        spec: &spec,
        base_url: "https://x.test/api/p",
        docs_url: "https://x.test/apis/p",
    };
    let mut pages = BTreeMap::from([("index".to_owned(), product_markdown(&listed))]);
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    for operation in spec.operations.iter().filter(|operation| is_public(&spec, operation)) {
        let text = operation_markdown(&schemas, operation, "https://x.test/api/p", &[]);
        pages.insert(operation.id.clone(), text);
    }
    for (name, _) in webhooks(&spec) {
        pages.insert(format!("webhook {name}"), webhook_markdown(&spec, &name).unwrap());
    }
    for at in super::schemas(&spec) {
        let text = schema_markdown(&spec, &at).unwrap();
        pages.insert(at, text);
    }
    pages
}

/// Marker words that no page shows, each with the reason.
const ABSENT: [(&str, &str); 1] =
    [("MARKlogo", "pages load no images from other sites, and the portal shows its own logo")];

#[test]
fn what_a_document_says_is_on_a_page() {
    let source = file("features-3.1.yaml");
    let pages = pages(Spec::read(&source).unwrap());
    let all: String = pages.values().map(String::as_str).collect();
    let source = String::from_utf8(source).unwrap();
    let words = markers(&source);
    assert_eq!(words.len(), 103);
    let missing: Vec<&str> =
        words.into_iter().filter(|word| !all.contains(word) && !absent(word)).collect();
    assert!(missing.is_empty(), "on no page: {missing:?}");
}

/// The words of a document that name one of its features each.
pub fn markers(source: &str) -> BTreeSet<&str> {
    let words = source.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.starts_with("MARK")).collect()
}

/// Whether a marker may be on no page.
pub fn absent(word: &str) -> bool {
    ABSENT.iter().any(|(known, _)| *known == word)
}

fn spec(more: &Value) -> Spec {
    let mut document = json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": { "description": "ok" } } } } },
    });
    let (Value::Object(document), Value::Object(more)) = (&mut document, more) else {
        unreachable!("both are objects")
    };
    document.extend(more.clone());
    Spec::from_value(Value::Object(document.clone())).unwrap()
}

#[test]
fn internal_parts_are_on_no_page() {
    let operation = |id: &str, more: Value| {
        let mut operation =
            json!({ "operationId": id, "responses": { "200": { "description": "ok" } } });
        operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        operation
    };
    let hidden = json!({ "type": "object", "x-internal": true, "properties": { "SECRET1": {} } });
    let spec = spec(&json!({
        "paths": {
            "/a": { "get": operation("a", json!({
                "parameters": [{ "in": "query", "name": "SECRET2", "x-internal": true, "schema": {} }],
                "requestBody": { "content": { "application/json": { "schema": { "properties": {
                    "SECRET3": { "$ref": "#/components/schemas/SECRET4" }, "SECRET5": { "x-internal": true },
                    "shown": { "type": "string" },
                } } } } },
            })) },
            "/b": { "get": operation("SECRET6", json!({ "x-internal": true })) },
            "/c": { "x-internal": true, "get": operation("SECRET7", json!({})) },
        },
        "webhooks": { "SECRET8": { "post": operation("w", json!({ "x-internal": true })) } },
        "components": { "schemas": { "SECRET4": hidden } },
    }));
    let all: String = pages(spec).into_values().collect();
    assert!(all.contains("shown"), "{all}");
    assert!(!all.contains("SECRET"), "{all}");
}

#[test]
fn addresses_of_a_document_lead_only_to_the_web() {
    let spec = spec(&json!({
        "info": { "title": "T", "version": "1", "termsOfService": "javascript:alert(1)",
            "contact": { "name": "C", "url": "data:text/html,x", "email": "a@b.test?subject=x" },
            "license": { "name": "L", "url": "https://example.com/licence" } },
        "externalDocs": { "url": "javascript:alert(2)", "description": "Docs" },
    }));
    let facts = document(&spec, crate::markdown::about);
    let links: Vec<_> =
        facts.iter().flat_map(|facts| &facts.facts).filter_map(|fact| fact.href.clone()).collect();
    assert_eq!(links, ["https://example.com/licence"]);
}

#[test]
fn a_deep_schema_is_reachable_by_links() {
    let mut deep = json!({ "type": "object", "properties": { "bottom": { "type": "string" } } });
    for level in (0..40).rev() {
        deep = json!({ "type": "object", "properties": { format!("level{level}"): deep } });
    }
    let spec = spec(&json!({ "components": { "schemas": { "Deep": deep } } }));
    let mut at = "/components/schemas/Deep".to_owned();
    for _ in 0..40 {
        let text = schema_markdown(&spec, &at).unwrap();
        if text.contains("`bottom`") {
            return;
        }
        let node = crate::outline::tree_at(&spec, &at, None, 1_000, clip).unwrap();
        let next = cut_in(&node).unwrap();
        assert!(next.starts_with(&at) && next.len() > at.len(), "{at} leads to {next}");
        assert!(text.contains("[more](../schemas/"), "{text}");
        at = next;
    }
    panic!("the last level is not reached");
}

fn cut_in(node: &tollgate_types::docs::SchemaNode) -> Option<String> {
    if node.cut == Some(tollgate_types::docs::Cut::TooMuch) {
        return Some(node.at.clone());
    }
    node.fields.iter().find_map(|field| cut_in(&field.schema))
}

#[test]
fn every_page_of_real_documents_is_bounded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/specs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let spec = Spec::read(&std::fs::read(&path).unwrap()).unwrap();
        for (name, text) in pages(spec) {
            assert!(text.len() < 2 << 20, "{name} of {}: {}", path.display(), text.len());
        }
    }
}
