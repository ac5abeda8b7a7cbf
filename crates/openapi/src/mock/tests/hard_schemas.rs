use serde_json::{Value, json};

use super::{faults, schemas_of};
use crate::mock::Seed;
use crate::mock::generate::generate;

fn seeds() -> impl Iterator<Item = Seed> {
    (0..8_u8).map(|number| Seed::of(&[&[number]]))
}

/// A value that can be generated with every seed.
fn can_be_made(components: Value, schema: Value) -> Value {
    let schemas = schemas_of(components);
    for seed in seeds() {
        let value = generate(&schemas, &schema, seed)
            .unwrap_or_else(|| panic!("nothing made for {schema}"));
        assert_eq!(faults(&schemas, &schema, &value), Vec::<String>::new(), "{value} for {schema}");
        assert_eq!(Some(&value), generate(&schemas, &schema, seed).as_ref(), "not the same twice");
    }
    generate(&schemas, &schema, Seed::of(&[b"shown"])).expect("made before")
}

#[test]
fn bounds_of_numbers_are_kept() {
    for schema in [
        json!({"type": "integer", "minimum": 3, "maximum": 3}),
        json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}),
        json!({"type": "integer", "exclusiveMinimum": 3.5, "exclusiveMaximum": 4.5}),
        json!({"type": "integer", "minimum": -10, "maximum": -5, "multipleOf": 5}),
        json!({"type": "integer", "multipleOf": 1.5}),
        json!({"type": "integer", "multipleOf": 0.5}),
        json!({"type": "integer", "minimum": 9007199254740000_i64}),
        json!({"type": "integer", "format": "int32", "minimum": 2147483647}),
        json!({"type": "number", "multipleOf": 0.01}),
        json!({"type": "number", "multipleOf": 0.1, "minimum": 0.25, "maximum": 0.35}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}),
        json!({"type": "number", "minimum": 0, "maximum": 0}),
        json!({"type": "number", "maximum": -1e9}),
        json!({"minimum": 10, "multipleOf": 7}),
        json!({"type": "number", "minimum": 1e300}),
        json!({"type": "number", "minimum": -1e308, "maximum": 1e308}),
        json!({"type": "number", "multipleOf": 0.00001, "minimum": 3}),
        json!({"allOf": [{"type": "integer", "multipleOf": 4}, {"multipleOf": 6, "minimum": 1}]}),
    ] {
        can_be_made(json!({}), schema);
    }
}

#[test]
fn strings_fit_formats_lengths_and_patterns() {
    for format in [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "byte",
        "binary",
        "password",
        "phone",
        "no-such-format",
    ] {
        can_be_made(json!({}), json!({"type": "string", "format": format}));
        can_be_made(
            json!({}),
            json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "format": format}}}),
        );
    }
    for schema in [
        json!({"type": "string", "minLength": 100, "maxLength": 100}),
        json!({"type": "string", "maxLength": 1}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "format": "email", "minLength": 60}),
        json!({"type": "string", "format": "uri", "minLength": 90}),
        json!({"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}),
        json!({"type": "string", "pattern": "^\\d{3}-\\d{4}$"}),
        json!({"type": "string", "pattern": "^\\+[1-9]\\d{1,14}$"}),
        json!({"type": "string", "pattern": "^(GET|POST)$"}),
        json!({"type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 12, "maxLength": 14}),
        json!({"type": "string", "pattern": "^AC[0-9a-fA-F]{32}$", "minLength": 34, "maxLength": 34}),
        json!({"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d).{8,}$"}),
        json!({"type": "string", "pattern": "^(?!foo)[a-z]{3}$"}),
        json!({"type": "string", "pattern": "^\\p{L}+$"}),
        json!({"type": "string", "pattern": "[\\u4e00-\\u9fa5]{2}"}),
        json!({"type": "string", "pattern": "^[^/]+/[^/]+$"}),
        json!({"type": "string", "pattern": "\\bword\\b"}),
        json!({"type": "string", "pattern": "^\\S+@\\S+\\.\\S+$", "minLength": 30}),
        json!({"type": "string", "pattern": "^(\\d{1,3}\\.){3}\\d{1,3}$"}),
        json!({"type": "string", "pattern": "^#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})$"}),
        json!({"type": "string", "pattern": "^[\\w.%+&&~~-]+$"}),
        json!({"type": "string", "pattern": "^é{2}ß$"}),
        json!({"type": "string", "pattern": "^.{0,3}$", "minLength": 3}),
        json!({"type": "string", "pattern": "x", "minLength": 10}),
    ] {
        can_be_made(json!({}), schema);
    }
}

#[test]
fn objects_have_what_is_asked_of_them() {
    for schema in [
        json!({"type": "object", "required": ["a", "b"]}),
        json!({"type": "object", "minProperties": 3}),
        json!({"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}, "c": {}}, "required": ["c"]}),
        json!({"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^x[0-9]+$"}}),
        json!({"type": "object", "minProperties": 2, "patternProperties": {"^n_": {"type": "number"}}, "additionalProperties": false}),
        json!({"type": "object", "properties": {"n_a": true, "b": {"type": "string"}}, "patternProperties": {"^n_": {"type": "number"}}}),
        json!({"properties": {"card": {"type": "string"}, "address": {"type": "string"}}, "dependentRequired": {"card": ["address", "cvc"]}}),
        json!({"type": "object", "properties": {"a": {"type": "integer"}}, "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"const": 7}}}}}),
        json!({"type": "object", "properties": {"a": false, "b": {"type": "string"}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "not": {"required": ["b"]}}),
        json!({"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"type": "integer"}}}], "unevaluatedProperties": false}),
        json!({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}, {"properties": {"b": {"type": "integer"}}}]}),
    ] {
        can_be_made(json!({}), schema);
    }
}

#[test]
fn arrays_have_what_is_asked_of_them() {
    for schema in [
        json!({"type": "array", "items": {"type": "string"}, "minItems": 5}),
        json!({"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 2}),
        json!({"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": true, "minItems": 3}),
        json!({"type": "array", "items": {"type": "string", "example": "same"}, "uniqueItems": true, "minItems": 3}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false}),
        json!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}, "minItems": 4}),
        json!({"type": "array", "contains": {"type": "integer", "minimum": 5}, "minContains": 2, "maxItems": 3}),
        json!({"type": "array", "maxItems": 0}),
        json!({"type": "array", "items": false}),
        json!({"prefixItems": [{"const": 1}], "minItems": 1}),
    ] {
        can_be_made(json!({}), schema);
    }
}

#[test]
fn branches_are_chosen_so_that_the_whole_is_valid() {
    for schema in [
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"oneOf": [{"type": "number"}, {"type": "integer"}]}),
        json!({"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}]}),
        json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        json!({"oneOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "object"}}}]}),
        json!({"oneOf": [{"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, {"type": "object", "properties": {"b": {"type": ["null", "array"]}}}, {"type": "object", "properties": {"c": {"type": "integer"}}}]}),
        json!({"anyOf": [false, {"type": "null"}, {"const": 3}]}),
        json!({"type": ["string", "null"], "minLength": 3}),
        json!({"type": ["null", "integer"], "allOf": [{"minimum": 4}]}),
        json!({"enum": ["a", 1, null], "type": "integer"}),
        json!({"type": "string", "enum": ["a", "b"], "not": {"const": "a"}}),
        json!({"not": {"type": "string"}}),
        json!({"if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]}, "then": {"required": ["x"]}, "else": {"required": ["y"]}, "type": "object"}),
        json!({"type": "object", "properties": {"kind": {"enum": ["b"]}}, "required": ["kind"], "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["x"]}, "else": {"required": ["y"]}}),
        json!({"allOf": [{"oneOf": [{"const": 1}, {"const": 2}]}, {"oneOf": [{"const": 2}, {"const": 3}]}]}),
        json!({}),
        json!(true),
    ] {
        can_be_made(json!({}), schema);
    }
}

#[test]
fn examples_are_used_where_they_are_valid() {
    let made = can_be_made(
        json!({}),
        json!({"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"type": "string", "examples": ["told"]},
            "b": {"type": "integer", "default": 7},
            "c": {"type": "string", "format": "date-time", "example": "yesterday"},
        }}),
    );
    can_be_made(
        json!({}),
        json!({"type": "array", "example": [{"n": "wrong"}], "items": {"type": "object", "required": ["n", "m"], "properties": {"n": {"type": "integer"}, "m": {"type": "integer"}}}}),
    );
    can_be_made(
        json!({}),
        json!({"oneOf": [{"type": "object", "properties": {"a": {"allOf": [{"not": {"type": ["integer", "string"]}}, {"type": "integer"}]}}, "required": ["a"]}, {"type": "integer"}]}),
    );
    assert_eq!((&made["a"], &made["b"]), (&json!("told"), &json!(7)));
    assert_ne!(made["c"], json!("yesterday"));
}

#[test]
fn what_refers_to_itself_comes_to_an_end() {
    let components = json!({
        "Node": {"type": "object", "required": ["name", "children"], "properties": {
            "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            "parent": {"$ref": "#/components/schemas/Node"}}},
        "Chain": {"type": "object", "required": ["next"], "properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Chain"}, {"type": "null"}]}}},
        "Sum": {"oneOf": [
            {"type": "object", "required": ["left", "right"], "properties": {"left": {"$ref": "#/components/schemas/Sum"}, "right": {"$ref": "#/components/schemas/Sum"}}},
            {"type": "integer"}]},
    });
    for name in ["Node", "Chain", "Sum"] {
        can_be_made(components.clone(), json!({"$ref": format!("#/components/schemas/{name}")}));
    }
}

#[test]
fn a_base_shared_by_many_is_no_circle() {
    let components = json!({
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "User": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"email": {"type": "string", "format": "email"}}}]},
        "File": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["owner"], "properties": {"owner": {"$ref": "#/components/schemas/User"}}}]},
    });
    let made = can_be_made(components, json!({"$ref": "#/components/schemas/File"}));
    assert!(made["owner"]["id"].is_string(), "{made}");
}

#[test]
fn the_discriminator_property_has_the_name_of_the_schema() {
    let components = json!({
        "Pet": {"type": "object", "required": ["petType"], "properties": {"petType": {"type": "string"}},
            "discriminator": {"propertyName": "petType", "mapping": {"cat!": "#/components/schemas/Cat"}}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"bark": {"type": "string"}}}]},
    });
    let discriminator = components["Pet"]["discriminator"].clone();
    let schema =
        json!({"oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": discriminator});
    assert_eq!(can_be_made(components.clone(), schema)["petType"], json!("cat!"));
    let schema = json!({"anyOf": [{"$ref": "#/components/schemas/Dog"}], "discriminator": components["Pet"]["discriminator"]});
    assert_eq!(can_be_made(components, schema)["petType"], json!("Dog"));
}

#[test]
fn nothing_is_made_where_nothing_can_be_valid() {
    let schemas = schemas_of(json!({
        "Endless": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
        "Itself": {"$ref": "#/components/schemas/Itself"},
        "All": {"allOf": [{"$ref": "#/components/schemas/All"}]},
    }));
    for schema in [
        json!({"$ref": "#/components/schemas/Endless"}),
        json!({"$ref": "#/components/schemas/Itself"}),
        json!({"$ref": "#/components/schemas/All"}),
        json!({"$ref": "#/components/schemas/Missing"}),
        json!(false),
        json!({"type": "integer", "minimum": 3, "maximum": 2}),
        json!({"type": "string", "minLength": 3, "maxLength": 2}),
        json!({"type": "string", "pattern": "^a$", "minLength": 2}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "integer", "minimum": 1e300}),
        json!({"type": "integer", "maximum": -1e300}),
        json!({"type": "integer", "minimum": 1, "multipleOf": 1e300}),
        json!({"type": "number", "minimum": 1e300, "maximum": 1e299}),
        json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "boolean"}}),
        json!({"type": "string", "minLength": 100_000_000}),
        json!({"type": "array", "minItems": 100_000_000}),
    ] {
        assert_eq!(generate(&schemas, &schema, Seed::of(&[])), None, "{schema}");
    }
}

#[test]
fn realistic_values_follow_from_names() {
    let fields =
        ["email", "billing_email", "city", "currency", "createdAt", "firstName", "website_url"];
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
    let made = can_be_made(json!({}), json!({"type": "object", "properties": properties}));
    assert!(
        made["billing_email"].as_str().is_some_and(|text| text.ends_with("@example.com")),
        "{made}"
    );
    assert!(made["createdAt"].as_str().is_some_and(|text| text.starts_with("2025-")), "{made}");
    assert!(
        made["website_url"].as_str().is_some_and(|text| text.starts_with("https://example.com/")),
        "{made}"
    );
}
