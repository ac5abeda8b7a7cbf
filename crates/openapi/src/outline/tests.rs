use serde_json::json;

use super::*;
use crate::markdown::about;

fn spec(schemas: Value) -> Spec {
    Spec::from_value(json!({
        "openapi": "3.1.0",
        "info": { "title": "T", "version": "1" },
        "paths": {},
        "components": { "schemas": schemas },
    }))
    .unwrap()
}

fn of(schema: &Value) -> SchemaNode {
    tree(&spec(json!({})), schema, 100, about)
}

fn count(node: &SchemaNode) -> usize {
    let choices = node.choices.iter().flat_map(|choices| &choices.schemas);
    1 + node.fields.iter().map(|field| &field.schema).chain(choices).map(count).sum::<usize>()
}

#[test]
fn constraints_are_described_in_words() {
    let node = of(
        &json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 40, "default": "a", "readOnly": true }),
    );
    assert_eq!(node.kind, "string or null");
    assert_eq!(node.notes, ["read only", "1 to 40 characters", "default: \"a\""]);
    let node = of(&json!({ "enum": ["a", 1], "description": "*One*" }));
    assert_eq!(
        (node.kind.as_str(), node.values),
        ("string", vec!["\"a\"".to_owned(), "1".to_owned()])
    );
    assert_eq!(node.about.trim(), "<p><em>One</em></p>");
    assert_eq!((of(&json!(true)).kind.as_str(), of(&json!(false)).kind.as_str()), ("any", "never"));
}

#[test]
fn parts_of_all_of_are_one_and_null_beside_a_schema_is_no_choice() {
    let node = of(&json!({ "allOf": [
        { "properties": { "a": { "type": "string" } }, "required": ["a"] },
        { "properties": { "b": { "anyOf": [{ "type": "integer" }, { "type": "null" }] } } },
    ]}));
    let fields: Vec<_> = node
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.is_required, field.schema.kind.as_str()))
        .collect();
    assert_eq!(fields, [("a", true, "string"), ("b", false, "integer or null")]);
    assert!(node.fields[1].schema.choices.is_empty());
}

#[test]
fn a_schema_inside_itself_is_unfolded_once() {
    let spec = spec(json!({ "Node": { "type": "object", "properties": {
        "next": { "$ref": "#/components/schemas/Node" },
        "all": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
    } } }));
    let node = tree(&spec, &json!({ "$ref": "#/components/schemas/Node" }), 1_000, about);
    assert_eq!((node.name.as_str(), node.cut), ("Node", None));
    let next = &node.fields[0].schema;
    assert_eq!((next.name.as_str(), next.cut, next.fields.len()), ("Node", Some(Cut::SeeAbove), 0));
    assert_eq!(node.fields[1].schema.kind, "array of Node");
    assert_eq!(count(&node), 4);
}

#[test]
fn no_schema_is_unfolded_without_end() {
    // Each level contains two of the next one: 2^40 nodes without a limit.
    let schemas: Map<String, Value> = (0..40)
        .map(|n| {
            let next = json!({ "$ref": format!("#/components/schemas/S{}", n + 1) });
            (format!("S{n}"), json!({ "properties": { "a": next, "b": next } }))
        })
        .chain([("S40".to_owned(), json!({ "type": "string" }))])
        .collect();
    let spec = spec(Value::Object(schemas));
    assert!(count(&tree(&spec, &json!({ "$ref": "#/components/schemas/S0" }), 500, about)) <= 500);
    let many: Map<String, Value> =
        (0..2_000).map(|n| (format!("f{n}"), json!({ "type": "string" }))).collect();
    let node = of(&json!({ "properties": many }));
    assert!(
        node.fields.len() <= 100
            && node.notes.iter().any(|note| note.ends_with("more in the OpenAPI document")),
        "{:?}",
        node.notes
    );
    let mut deep = json!({ "type": "string" });
    for _ in 0..60 {
        deep = json!({ "properties": { "in": deep } });
    }
    assert!(count(&of(&deep)) <= MAX_DEPTH + 1);
}

#[test]
fn choices_keep_their_discriminator_and_open_objects_their_rest() {
    let spec = spec(json!({
        "Dog": { "type": "object", "properties": { "barks": { "type": "boolean" } } },
        "Cat": { "type": "object" },
    }));
    let pet = json!({
        "oneOf": [{ "$ref": "#/components/schemas/Dog" }, { "$ref": "#/components/schemas/Cat" }],
        "discriminator": { "propertyName": "kind", "mapping": { "dog": "#/components/schemas/Dog" } },
        "additionalProperties": { "type": "integer" },
    });
    let node = tree(&spec, &pet, 100, about);
    assert_eq!(node.notes, ["kind selects the schema: dog is Dog"]);
    assert_eq!(node.fields[0].name, "<any other>");
    let names: Vec<_> = node.choices[0].schemas.iter().map(|schema| schema.name.as_str()).collect();
    assert_eq!((node.choices[0].title.as_str(), names), ("One of", vec!["Dog", "Cat"]));
}

#[test]
fn values_have_the_meanings_that_a_document_gives_them() {
    let of = |key: &str, meanings: Value| {
        let mut schema = json!({ "enum": ["a", 2, null] });
        schema[key] = meanings;
        self::of(&schema).meanings
    };
    let expected = ["First", "Second", ""];
    for key in ["x-enum-varnames", "x-enumNames", "x-enumDescriptions", "x-enum-descriptions"] {
        assert_eq!(of(key, json!(["First", "Second"])), expected, "{key}");
        assert_eq!(of(key, json!({ "a": "First", "2": "Second" })), expected, "{key}");
    }
    assert!(of("x-enumNames", json!([1, 2])).is_empty());
    assert!(of("x-other", json!(["First"])).is_empty());
}

#[test]
fn titles_documentation_and_reasons_are_shown() {
    let node = of(&json!({
        "title": "Parcel size", "description": "How large.", "deprecated": true,
        "externalDocs": { "url": "https://example.com/size", "description": "All [sizes]" },
        "x-deprecated-reason": "Use weight.",
        "oneOf": [{ "const": "s", "title": "Small", "description": "Fits a letterbox." }, { "const": "m" }],
    }));
    assert_eq!((node.title.as_str(), node.is_deprecated), ("Parcel size", true));
    assert!(
        node.about.contains("How large.")
            && node.about.contains("href=\"https://example.com/size\""),
        "{}",
        node.about
    );
    assert_eq!(node.notes, ["deprecated: Use weight."]);
    let small = &node.choices[0].schemas[0];
    assert_eq!((small.title.as_str(), small.notes[0].as_str()), ("Small", "always: \"s\""));
}

#[test]
fn conditions_between_parts_are_written_as_they_are() {
    let node = of(&json!({
        "dependentRequired": { "card": ["address", "name"] }, "not": { "required": ["cash"] },
        "if": { "required": ["card"] }, "then": { "required": ["cvc"] }, "propertyNames": { "maxLength": 9 },
    }));
    let expected = [
        "with card, also required: address, name",
        "field names match {\"maxLength\":9}",
        "does not match {\"required\":[\"cash\"]}",
        "when it matches {\"required\":[\"card\"]}",
        "then it also matches {\"required\":[\"cvc\"]}",
    ];
    assert_eq!(node.notes, expected);
}

#[test]
fn a_cut_schema_has_the_location_of_its_parts() {
    let mut inner = json!({ "type": "string" });
    for _ in 0..20 {
        inner = json!({ "properties": { "in": inner } });
    }
    let countries: Vec<String> = (0..400).map(|number| format!("c{number}")).collect();
    let spec = spec(
        json!({ "Deep": { "properties": { "in": inner, "country": { "enum": countries } } } }),
    );
    let node = tree_at(&spec, "/components/schemas/Deep", None, 100, about).unwrap();
    let country = &node.fields[1].schema;
    assert_eq!(
        (country.cut, country.at.as_str()),
        (Some(Cut::TooMuch), "/components/schemas/Deep/properties/country")
    );
    let mut at = &node.fields[0].schema;
    while at.cut.is_none() {
        at = &at.fields[0].schema;
    }
    assert!(spec.root.pointer(&at.at).unwrap()["properties"]["in"].is_object(), "{}", at.at);
    let whole = page_at(&spec, &country.at, about).unwrap();
    assert_eq!((whole.values.len(), whole.cut), (400, None));
}

#[test]
fn the_page_of_a_schema_has_all_of_its_direct_parts() {
    let inner = json!({ "properties": { "a": { "type": "string" }, "b": { "type": "string" } } });
    let fields: Map<String, Value> =
        (0..2_000).map(|number| (format!("f{number}"), inner.clone())).collect();
    let spec = spec(json!({ "Wide": { "properties": fields } }));
    let node = page_at(&spec, "/components/schemas/Wide", about).unwrap();
    assert_eq!((node.fields.len(), node.cut), (2_000, None));
    assert!(count(&node) <= 4_800, "{}", count(&node));
}
