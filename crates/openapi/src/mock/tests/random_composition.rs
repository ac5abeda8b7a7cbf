//! Random composed schemas that some value matches: mock, samples and validator agree on them.

use std::sync::Arc;

use http::HeaderMap;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::flow::Sandbox;
use crate::samples::{SampleBody, request};
use crate::spec::Spec;
use crate::validate::{Checked, Validator};

fn scalars() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"type": "string"}),
        json!({"type": ["string", "null"], "minLength": 2}),
        json!({"type": "integer", "minimum": 3, "maximum": 9}),
        json!({"type": "number", "multipleOf": 0.5}),
        json!({"type": "boolean"}),
        json!({"const": "fixed"}),
        json!({"enum": ["a", 2, null]}),
        json!({"type": "string", "format": "date", "examples": ["never"]}),
        json!({"allOf": [{"type": "string", "enum": ["a", "b", "c"]}, {"enum": ["c", "d"]}]}),
        json!({"allOf": [{"type": "number", "minimum": 1}, {"type": "integer", "maximum": 4}]}),
        json!({"type": "string", "not": {"enum": ["amber", "birch"]}}),
        json!({"oneOf": [{"type": "integer"}, {"type": "number", "not": {"type": "integer"}}]}),
        json!({"$ref": "#/components/schemas/Craft"}),
        json!({"allOf": [{"$ref": "#/components/schemas/Craft"}], "description": "One of them."}),
    ])
}

/// Objects and arrays of `inner`. Some value matches each of them.
fn composed(inner: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Value> {
    let two = (inner.clone(), inner.clone());
    let field = || select(vec!["readOnly", "writeOnly", "deprecated"]);
    prop_oneof![
        (two.clone(), any::<bool>()).prop_map(|((a, b), refines)| {
            let again = if refines { json!({"description": "again"}) } else { a.clone() };
            json!({"allOf": [{"type": "object", "properties": {"a": a}, "required": ["a"]},
                {"type": "object", "properties": {"a": again, "b": b}, "required": ["b"]}]})
        }),
        two.clone().prop_map(|(a, b)| json!({"oneOf": [
            {"type": "object", "required": ["t", "a"], "properties": {"t": {"const": "one"},
                "a": a}},
            {"type": "object", "required": ["t", "b"], "properties": {"t": {"const": "other"},
                "b": b}}]})),
        two.clone().prop_map(|(a, b)| json!({"anyOf": [a, b]})),
        (two.clone(), field()).prop_map(|((a, b), flag)| {
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"allOf": [a],
                flag: true}, "b": b}})
        }),
        two.clone().prop_map(|(a, b)| json!({"type": "object",
            "properties": {"k": {"enum": ["a", "b"]}, "a": a, "b": b},
            "required": ["k"], "if": {"properties": {"k": {"const": "a"}}},
                "then": {"required": ["a"]}, "else": {"required": ["b"]}})),
        two.clone().prop_map(|(a, b)| json!({"type": "object", "properties": {"a": a, "b": b},
            "dependentRequired": {"a": ["b"]},
            "not": {"required": ["zz"]}})),
        (two.clone(), 0..3_u32).prop_map(|((a, b), least)| {
            json!({"type": "object", "patternProperties": {"^x-[a-z]+$": a},
                "additionalProperties": b, "minProperties": least})
        }),
        (inner.clone(), 1..3_u32).prop_map(|(a, least)| {
            json!({"type": "object", "patternProperties": {"^x-": a},
                "additionalProperties": false, "minProperties": least})
        }),
        (inner.clone(), any::<bool>()).prop_map(|(a, is_open)| {
            json!({"type": "array", "prefixItems": [a, {"const": 1}], "items": is_open,
                "minItems": 2})
        }),
        (1..4_u32).prop_map(|least| {
            json!({"type": "array", "items": {"type": "integer"}, "uniqueItems": true,
                "minItems": least, "contains": {"minimum": 70}})
        }),
        inner.prop_map(|a| json!({"type": "array", "items": {"anyOf": [{"type": "null"}, a]},
            "minItems": 1})),
    ]
}

fn schemas() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 12, 2, composed)
}

/// A base with subtypes, some of which are subtypes of others.
fn crafts() -> impl Strategy<Value = Value> {
    let own = || scalars().prop_filter("no circle", |schema| !schema.to_string().contains("Craft"));
    (own(), own(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(power, load, is_mapped, is_listed, is_closed)| {
            let part = |of: &str, name: &str, schema: Value| {
                json!({"allOf": [{"$ref": format!("#/components/schemas/{of}")},
                    {"type": "object", "required": [name], "properties": {name: schema}}]})
            };
            let mut craft = json!({"type": "object", "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "discriminator": {"propertyName": "kind"}});
            if is_mapped {
                craft["discriminator"]["mapping"] =
                    json!({"tug": "#/components/schemas/Tug", "barge": "Barge"});
            }
            if is_listed {
                craft["oneOf"] = json!([{"$ref": "#/components/schemas/Tug"},
                    {"$ref": "#/components/schemas/Barge"}]);
            }
            if is_closed {
                craft["properties"]["kind"] = json!({"enum": ["tug", "barge", "Tug", "Barge"]});
            }
            json!({"Craft": craft, "Tug": part("Craft", "power", power), "Barge": part("Tug",
                "load", load)})
        },
    )
}

fn document(schema: &Value, crafts: Value) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/S"}}});
    let mut schemas = crafts;
    schemas["S"] = json!({"type": "object", "required": ["v"], "properties": {"v": schema}});
    json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/thing": {"post": {"operationId": "thing", "requestBody": {"required": true,
            "content": content},
            "responses": {"200": {"description": "", "content": content}}}}},
        "components": {"schemas": schemas},
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn composed_schemas_are_sent_and_returned_validly(schema in schemas(), crafts in crafts()) {
        let document = document(&schema, crafts);
        let spec = Spec::from_value(document.clone())
            .map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
        let spec = Arc::new(spec);
        let validator = Validator::new(Arc::clone(&spec));
        let operation = &spec.operations[0];
        let refused = |body: &Value| {
            let text = body.to_string();
            let body = Some(("application/json", text.as_bytes()));
            let call = Checked { path_params: &[], query: None, headers: &HeaderMap::new(),
                body };
            validator.validate(operation, &call).faults
        };
        let sample = request(validator.schemas(), operation, "").body;
        let Some(SampleBody::Json(sample)) = sample else { panic!("{sample:?}") };
        prop_assert_eq!(refused(&sample), [], "{}", sample);
        prop_assert!(!refused(&json!({})).is_empty(), "a body without its field is accepted");

        // The sandbox checks a response without a note.
        let answer = Sandbox::of(document).call("thing", &[], None, &[], b"").expect("an answer");
        prop_assert_eq!(&answer.headers, &[], "{}", String::from_utf8_lossy(&answer.body));
        prop_assert!(answer.body.starts_with(b"{\"v\":"), "{answer:?}");
    }
}
