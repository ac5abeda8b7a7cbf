//! The OpenAPI documents: the contract with partners changes only on purpose. `npm run
//! lint:openapi` lints the snapshots.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::products::Registration;
use tollgate::server::{admin, api};
use tollgate_openapi::spec::Spec;

use crate::support::{Portal, TestDb, on_both};

const BASE: &str = "https://portal.example.com";

on_both! {
    async fn the_document_is_served_without_a_key(db: TestDb) {
        let portal = Portal::start(&db).await;
        let response = portal.send(portal.request(reqwest::Method::GET, "/v1/openapi.json")).await;
        assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
        let document = response.json();
        assert_eq!(document["openapi"], "3.1.0");
        let base = portal.app.config.base_url();
        assert_eq!(document["servers"], json!([{ "url": base }]));
        let copy = portal.send(portal.request(Method::GET, "/apis/platform/openapi-3.1.json")).await.json();
        assert_eq!(copy, document);
        let admin = portal.send(portal.request(Method::GET, "/admin/api/v1/openapi.json")).await.json();
        assert_eq!(admin["servers"], json!([{ "url": base }]));
    }

    async fn the_document_of_a_product_has_what_the_gateway_adds_to_it(db: TestDb) {
        let portal = Portal::start(&db).await;
        let wanted = Registration { document: Some(product().to_string().into()), ..Registration::default() };
        portal.register("library", wanted).await;
        let response = portal.send(portal.request(Method::GET, "/apis/library/openapi-3.1.json")).await;
        let document: Value = serde_json::from_str(&response.text.replace(&portal.app.config.base_url(), BASE)).unwrap();
        assert!(Spec::from_value(document.clone()).is_ok());
        let operation = &document["paths"]["/books"]["post"];
        let scopes = json!(["library:write"]);
        assert_eq!(operation["security"], json!([{ "tollgate": scopes }, { "tollgate_header": scopes }]));
        assert!(operation["description"].as_str().unwrap().contains("`library:write`"));
        let responses = &operation["responses"];
        assert_eq!(responses["429"], json!({ "$ref": "#/components/responses/TollgateError429_quota_exceeded" }));
        let own = &responses["422"];
        assert!(own["description"].as_str().unwrap().starts_with("The book is not valid. Also sent by the gateway: "));
        assert!(own["content"]["application/json"].is_object(), "the product's own response stays");
        let codes = own["content"]["application/problem+json"].to_string();
        assert!(codes.contains("idempotency_mismatch") && codes.contains("validation_failed"), "{codes}");
        assert_eq!(document["components"]["responses"].get("NotValid"), None, "nothing refers to it any more");
        assert_eq!(responses["201"]["headers"]["RateLimit"], json!({ "$ref": "#/components/headers/TollgateRateLimit" }));
        assert_eq!(document["components"]["schemas"]["Problem"]["description"], "An error of the library");
        agreed("openapi_product", document);
    }
}

/// A product whose parts have names that the portal's parts have as well.
fn product() -> Value {
    let problem = json!({ "description": "The book is not valid", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
    let book = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Book" } } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Library", "version": "1.0.0", "description": "Lend books.",
            "contact": { "name": "Library", "url": "https://library.example.com" }, "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "https://library.example.com" }],
        "tags": [{ "name": "Books", "description": "Books that can be lent." }],
        "security": [{ "own": [] }],
        "paths": { "/books": {
            "get": {
                "operationId": "listBooks", "summary": "List books", "description": "Returns all books.", "tags": ["Books"],
                "responses": { "200": { "description": "All books", "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Book" } } } } } },
            },
            "post": {
                "operationId": "addBook", "summary": "Add a book", "description": "Adds a book to the library.", "tags": ["Books"],
                "requestBody": { "required": true, "content": book },
                "responses": { "201": { "description": "The new book", "content": book }, "422": { "$ref": "#/components/responses/NotValid" } },
            },
        } },
        "components": {
            "schemas": {
                "Book": { "type": "object", "required": ["title"], "properties": { "title": { "type": "string" } } },
                "Problem": { "type": "object", "description": "An error of the library", "properties": { "reason": { "type": "string" } } },
            },
            "responses": { "NotValid": problem },
            "securitySchemes": { "own": { "type": "http", "scheme": "basic" } },
        },
    })
}

#[test]
fn the_documents_are_those_that_were_agreed() {
    agreed("openapi", serde_json::to_value(api::openapi(BASE)).unwrap());
    agreed("openapi_admin", serde_json::to_value(admin::api::openapi(BASE)).unwrap());
}

fn agreed(name: &str, mut document: Value) {
    order_extensions(&mut document);
    insta::assert_json_snapshot!(name, document);
}

/// Moves the extensions of each object to its end, sorted by name: the map that holds them is
/// unordered.
fn order_extensions(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let mut names: Vec<String> =
                object.keys().filter(|name| name.starts_with("x-")).cloned().collect();
            names.sort();
            for name in names {
                if let Some(extension) = object.shift_remove(&name) {
                    object.insert(name, extension);
                }
            }
            object.values_mut().for_each(order_extensions);
        }
        Value::Array(items) => items.iter_mut().for_each(order_extensions),
        _ => {}
    }
}
