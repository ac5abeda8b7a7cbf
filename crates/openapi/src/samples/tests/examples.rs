//! Examples of a document in samples: those that match their schemas are sent.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::samples::{SampleBody, request, value_of};
use crate::schemas::Schemas;
use crate::spec::Spec;

fn schemas_of(operation: Value) -> Schemas {
    let spec = Spec::from_value(json!({
        "openapi": "3.0.3", "info": {"title": "T", "version": "1"},
        "paths": {"/thing": {"post": operation}},
        "components": {"schemas": {"St": {"type": "string", "enum": ["draft", "open"],
            "example": "open"}}},
    }));
    Schemas::of_requests(Arc::new(spec.unwrap_or_else(|faults| panic!("{faults:?}"))))
}

fn body_of(media: Value) -> Value {
    let schemas = schemas_of(json!({"requestBody": {"content": {"application/json": media}},
        "responses": {"200": {"description": ""}}}));
    let sample = request(&schemas, &schemas.spec().operations[0], "");
    match sample.body {
        Some(SampleBody::Json(value)) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_example_is_sent_as_far_as_its_schema_accepts_it() {
    let schema = json!({"type": "object", "required": ["n", "state"], "properties": {
        "id": {"type": "integer", "readOnly": true}, "n": {"type": "integer", "maximum": 9,
            "example": "many"},
        "state": {"$ref": "#/components/schemas/St"}, "note": {"type": "string"}}});
    for (examples, expected) in [
        (
            json!({"example": {"n": 1, "state": "draft", "note": "x"}}),
            json!({"n": 1, "state": "draft", "note": "x"}),
        ),
        (
            json!({"example": {"id": 7, "n": 1, "state": "draft"}}),
            json!({"n": 1, "state": "draft"}),
        ),
        (
            json!({"examples": {"wrong": {"value": {"n": "x", "state": "draft"}},
                "right": {"value": {"n": 2, "state": "open"}}}}),
            json!({"n": 2, "state": "open"}),
        ),
    ] {
        let mut media = examples.clone();
        media["schema"] = schema.clone();
        assert_eq!(body_of(media), expected, "{examples}");
    }
    // The valid fields of an example are kept.
    let sent = body_of(
        json!({"schema": schema, "example": {"id": 7, "n": "x", "state": "draft", "note": "x"}}),
    );
    assert!(sent["n"].as_i64().is_some_and(|n| n <= 9), "{sent}");
    assert_eq!(
        (&sent["state"], &sent["note"], sent.get("id")),
        (&json!("draft"), &json!("x"), None)
    );
}

#[test]
fn an_example_of_a_parameter_may_be_written_as_text() {
    let parameter = |name: &str, schema: Value, example: Value| {
        json!({"name": name,
        "in": "query", "required": true, "schema": schema, "example": example})
    };
    let schemas = schemas_of(json!({"parameters": [
        parameter("text", json!({"type": "string"}), json!(12)),
        parameter("number", json!({"type": "integer"}), json!("12")),
        parameter("state", json!({"$ref": "#/components/schemas/St"}), json!("draft")),
        parameter("wrong", json!({"type": "string", "enum": ["a"]}), json!("b")),
        parameter("list", json!({"type": "array", "items": {"enum": [3]}, "minItems": 1,
            "maxItems": 1}), json!("x")),
    ], "responses": {"200": {"description": ""}}}));
    let operation = &schemas.spec().operations[0];
    let values: Vec<Value> = operation
        .parameters
        .iter()
        .map(|parameter| value_of(&schemas, operation, parameter))
        .collect();
    assert_eq!(values, [json!("12"), json!(12), json!("draft"), json!("a"), json!([3])]);
}
