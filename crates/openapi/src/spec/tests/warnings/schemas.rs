//! Deviations in schemas, and references that lead nowhere.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{check, check_all, check_all_old, old};
use crate::schemas::Schemas;
use crate::spec::{NOT_CHECKED, Spec};

/// A document whose only schema `s` is this one (YAML).
fn with(schema: &str) -> String {
    super::super::document(&format!("components: {{schemas: {{s: {schema}}}}}"))
}

fn schema(spec: &Spec) -> &Value {
    &spec.root["components"]["schemas"]["s"]
}

/// Checks the warning of a schema, and what the schema is read as. Marks are not compared.
fn becomes(written: &str, pointer: &str, message: &str, expected: Value) {
    let text = with(written);
    let pointer = format!("/components/schemas/s{pointer}");
    check(&text, ("", &pointer, message, |_| true));
    let mut read = schema(&super::super::spec(&text)).clone();
    let marks = read.as_object_mut().and_then(|fields| fields.shift_remove(NOT_CHECKED));
    assert_eq!((&read, marks.is_some()), (&expected, message.contains("not checked")), "{written}");
}

#[test]
fn types_are_read_as_their_author_means_them() {
    for (written, expected) in [
        ("'string,'", json!({"type": "string"})),
        ("String", json!({"type": "string"})),
        ("strings", json!({"type": "string"})),
        ("text", json!({"type": "string"})),
        ("int", json!({"type": "integer"})),
        ("int64", json!({"type": "integer", "format": "int64"})),
        ("float", json!({"type": "number", "format": "float"})),
        ("bool", json!({"type": "boolean"})),
        ("list", json!({"type": "array"})),
        ("dict", json!({"type": "object"})),
        ("date", json!({"type": "string", "format": "date"})),
        ("datetime", json!({"type": "string", "format": "date-time"})),
        ("'object,null'", json!({"type": ["object", "null"]})),
        ("string|null", json!({"type": ["string", "null"]})),
        ("string or null", json!({"type": ["string", "null"]})),
        ("integer?", json!({"type": ["integer", "null"]})),
        ("[string, null]", json!({"type": ["string", "null"]})),
        ("[String, integer]", json!({"type": ["string", "integer"]})),
        ("number/float", json!({"type": "number"})),
    ] {
        becomes(&format!("{{type: {written}}}"), "/type", "is not a type; it is read as", expected);
    }
    becomes("{type: any}", "/type", "a value of every type is allowed", json!({}));
    for unknown in ["thing", "array of strings", "[string, thing]", "[]", "{}", "true"] {
        let written = format!("{{type: {unknown}}}");
        becomes(&written, "/type", "the type of values is not checked", json!({}));
    }
    // A format that is written counts.
    let dated = "{type: date, format: date-time}";
    becomes(dated, "/type", "read as", json!({"type": "string", "format": "date-time"}));
    let file = "{type: file}";
    let binary = json!({"type": "string", "contentMediaType": "application/octet-stream"});
    becomes(file, "/type", "`format: binary`", binary);
}

#[test]
fn keywords_are_read_where_their_value_is_clear() {
    becomes("{minLength: '3'}", "/minLength", "read as `3`", json!({"minLength": 3}));
    becomes("{minLength: -1}", "/minLength", "not checked against -1", json!({}));
    becomes("{pattern: {}}", "/pattern", "not checked", json!({}));
    becomes("{title: []}", "/title", "is ignored", json!({}));
    becomes("{required: true}", "/required", "not checked", json!({}));
    becomes("{required: [a, b, a]}", "/required", "counts once", json!({"required": ["a", "b"]}));
    becomes("{enum: [a, b, a]}", "/enum", "counts once", json!({"enum": ["a", "b"]}));
    becomes("{enum: []}", "/enum", "is empty", json!({}));
    becomes("{properties: []}", "/properties", "read as empty", json!({"properties": {}}));
    becomes("{properties: 5}", "/properties", "not checked", json!({}));
    becomes("{allOf: {a: 1}}", "/allOf", "not checked", json!({}));
    let discriminator = json!({"discriminator": {"propertyName": "kind"}});
    becomes("{discriminator: kind}", "/discriminator", "read as", discriminator);
    let twice = json!({"examples": [2]});
    becomes("{example: 1, examples: [2]}", "/example", "only `examples` counts", twice);
    let nullable = json!({"type": ["string", "null"]});
    becomes("{type: string, nullable: true}", "/nullable", "not part of OpenAPI 3.1", nullable);
}

#[test]
fn schemas_that_are_text_or_numbers_are_read_or_not_checked() {
    let property = |value: Value| json!({"properties": {"p": value}});
    let named = "{properties: {p: string}}";
    becomes(named, "/properties/p", "`{\"type\":\"string\"}`", property(json!({"type": "string"})));
    becomes("{properties: {p: []}}", "/properties/p", "every value", property(json!({})));
    let text = with("{properties: {p: 5}}");
    check(
        &text,
        ("", "/components/schemas/s/properties/p", "not checked", |spec| {
            let problems = Schemas::of_responses(Arc::new(spec.clone())).problems();
            problems.len() == 1 && problems[0].message.contains("not a number")
        }),
    );
}

#[test]
fn defaults_that_break_their_schema_are_converted_or_ignored() {
    let typed = |name: &str, default: Value| json!({"type": name, "default": default});
    becomes("{type: integer, default: '10'}", "/default", "`10`", typed("integer", json!(10)));
    becomes(
        "{type: boolean, default: 'True'}",
        "/default",
        "`true`",
        typed("boolean", json!(true)),
    );
    becomes("{type: string, default: 7}", "/default", "`\"7\"`", typed("string", json!("7")));
    becomes("{type: integer, default: x}", "/default", "is ignored", json!({"type": "integer"}));
    becomes("{enum: [a], default: b}", "/default", "is ignored", json!({"enum": ["a"]}));
    for right in [
        "{type: integer, default: 10.0}",
        "{type: string, default: null}",
        "{type: [string, integer], default: 1}",
        "{enum: [1], default: 1.0}",
        "{default: 1}",
    ] {
        assert!(super::super::spec(&with(right)).warnings.is_empty(), "{right}");
    }
}

#[test]
fn patterns_that_are_no_expressions_are_not_checked() {
    check_all(&[
        (
            "components: {schemas: {s: {pattern: '(['}}}",
            "/components/schemas/s/pattern",
            "`([`",
            |spec| schema(spec)["pattern"] == "([",
        ),
        (
            "components: {schemas: {s: {patternProperties: {'(?<': {}}}}}",
            "/components/schemas/s/patternProperties/(?<",
            "not a regular expression",
            |spec| Schemas::of_responses(Arc::new(spec.clone())).problems().len() == 1,
        ),
    ]);
}

#[test]
fn habits_of_3_0_have_a_reading() {
    let head = "paths: {}\ncomponents: {schemas: {s:";
    check_all_old(&[
        (&format!("{head} {{type: array}}}}}}"), "/components/schemas/s", "no `items`", |spec| {
            *schema(spec) == json!({"type": "array"})
        }),
        (
            &format!("{head} {{nullable: true}}}}}}"),
            "/components/schemas/s/nullable",
            "no effect without `type`",
            |spec| *schema(spec) == json!({}),
        ),
        // What 3.0 ignores next to a reference does not count after it is dropped.
        (
            &format!(
                "{head} {{$ref: '#/components/schemas/none', type: integer, description: d}}}}}}"
            ),
            "/components/schemas/s/$ref",
            "does not exist",
            |spec| schema(spec)["description"] == "d" && schema(spec).get("type").is_none(),
        ),
    ]);
}

#[test]
fn references_of_schemas_that_lead_nowhere_are_not_checked() {
    let case = |reference: &str, message: &str| {
        let text = super::super::document(&format!(
            "components: {{schemas: {{s: {{$ref: {reference}}}}}, responses: {{r: {{}}}}}}"
        ));
        check(
            &text,
            ("", "/components/schemas/s/$ref", message, |spec| {
                schema(spec).get("$ref").is_none()
                    && Schemas::of_responses(Arc::new(spec.clone())).problems().len() == 1
            }),
        );
    };
    case("'#/components/schemas/nobody'", "does not exist");
    case("'#/components/schemas/s'", "never leads to a value");
    case("'#/components/responses/r'", "is a response, but a schema is required here");
    case("'#/info/title'", "not a schema");
    case("'#a'", "anchor");
    case("'#'", "whole document");
    case("'#/%zz'", "percent-encoded");
    case("https://example.com/a.json", "is in another document");
    case("1", "not text");
}

#[test]
fn schemas_that_only_repeat_themselves_are_read_without_the_repetition() {
    let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let itself = format!("{{allOf: [{}, {{required: [a]}}]}}", reference("s"));
    becomes(
        &itself,
        "/allOf/0/$ref",
        "restricts nothing",
        json!({"allOf": [{}, {"required": ["a"]}]}),
    );
    let not = format!("{{not: {}}}", reference("s"));
    check(
        &with(&not),
        ("", "/components/schemas/s/not/$ref", "not checked", |spec| {
            Schemas::of_responses(Arc::new(spec.clone())).problems().len() == 1
        }),
    );
    // A circle of three loses one reference. The others stay.
    let circle = super::super::document(&format!(
        "components: {{schemas: {{s: {{allOf: [{}]}}, b: {{allOf: [{}]}}, c: {{type: object, allOf: [{}]}}}}}}",
        reference("b"),
        reference("c"),
        reference("s")
    ));
    check(
        &circle,
        ("", "/components/schemas/c/allOf/0/$ref", "refers back", |spec| {
            spec.root["components"]["schemas"]["c"] == json!({"type": "object", "allOf": [{}]})
                && schema(spec)["allOf"][0].get("$ref").is_some()
        }),
    );
}

#[test]
fn an_operation_with_a_reference_that_leads_nowhere_is_marked() {
    let text = old("paths:\n  \
        /direct: {get: {responses: {'200': {$ref: '#/components/responses/none'}}}}\n  \
        /schema: {get: {responses: {'200': {description: d, content: {a/b: {schema: {$ref: '#/components/schemas/a'}}}}}}}\n  \
        /path: {parameters: [{$ref: '#/components/parameters/none'}], get: {responses: {'200': {description: d}}}}\n  \
        /body: {post: {requestBody: {$ref: '#/components/requestBodies/none'}, responses: {'200': {description: d}}}}\n  \
        /fine: {get: {responses: {'200': {description: d}}}}\n\
        components: {schemas: {a: {properties: {b: {$ref: '#/components/schemas/b'}}}, b: {items: {$ref: '#/components/schemas/none'}}}}\n");
    let spec = super::super::spec(&text);
    assert_eq!(spec.warnings.len(), 4, "{:#?}", spec.warnings);
    let unresolved: Vec<(&str, Vec<&str>)> = spec
        .operations
        .iter()
        .map(|operation| {
            let unresolved = operation.unresolved.iter().map(String::as_str).collect();
            (operation.path.as_str(), unresolved)
        })
        .collect();
    assert_eq!(
        unresolved,
        [
            ("/direct", vec!["#/components/responses/none"]),
            ("/schema", vec!["#/components/schemas/none"]),
            ("/path", vec!["#/components/parameters/none"]),
            ("/body", vec!["#/components/requestBodies/none"]),
            ("/fine", vec![]),
        ]
    );
    let operation = |path: &str| spec.operations.iter().find(|known| known.path == path).unwrap();
    assert_eq!(operation("/direct").responses[0].status, "200");
    assert!(operation("/path").parameters.is_empty());
    assert_eq!(operation("/body").body.as_ref().unwrap().content[0].content_type, "*/*");
}

#[test]
fn a_path_that_leads_nowhere_is_left_out_unless_it_is_the_only_one() {
    let missing = "{$ref: '#/components/pathItems/none'}";
    let spec = super::super::spec(&super::super::document(&format!(
        "paths: {{/a: {missing}, /b: {{get: {{}}}}}}"
    )));
    assert_eq!((spec.operations.len(), spec.warnings.len()), (1, 1));
    let only = super::super::document(&format!("paths: {{/a: {missing}}}"));
    let faults = Spec::read(only.as_bytes()).expect_err("no path can be read");
    assert_eq!(faults[0].pointer, "/paths");
}
