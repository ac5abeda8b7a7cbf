//! Packages of documents that are very large, or that describe much with few words.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::info;
use crate::clients::{File, Generator, TooLarge, python, typescript};
use crate::spec::Spec;

const LANGUAGES: [(&str, Generator); 2] = [("python", python), ("typescript", typescript)];

/// One operation that sends and receives `S`.
pub fn spec(schemas: &Value) -> Spec {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/S"}}});
    let operation = json!({"operationId": "call", "requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}});
    let document = json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {"/s": {"post": operation}}, "components": {"schemas": schemas}});
    Spec::from_value(document).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn size(files: &[File]) -> usize {
    files.iter().map(|(_, contents)| contents.len()).sum()
}

#[test]
fn a_schema_that_refers_to_itself_is_named_once() {
    let again =
        |text: &str| json!({"description": text, "allOf": [{"$ref": "#/components/schemas/S"}]});
    let more = json!({"allOf": [{"$ref": "#/components/schemas/S"}, {"type": "object", "properties": {"more": {"type": "string"}}}]});
    let recursive = json!({"S": {"type": "object", "properties": {
        "name": {"type": "string"}, "meta": {"type": "object", "properties": {"colour": {"type": "string"}}},
        "child1": again("one"), "child2": again("two"), "child3": more, "child4": more, "list": {"type": "array", "items": more}}}});
    let stray = json!({"S": {"type": "object", "properties": {
        "a": {"$ref": "#/paths/~1s/post/responses/200/x-schema"}, "b": {"$ref": "#/components/schemas/S/properties/c"},
        "c": {"type": "object", "properties": {"d": {"$ref": "#/components/schemas/S/properties/c"}, "e": {"$ref": "#/components/schemas/S/properties/c"}}}}}});
    for (language, write) in LANGUAGES {
        let own =
            size(&write(&spec(&json!({"S": {"type": "object"}})), &info("")).expect(language));
        let files = write(&spec(&recursive), &info("")).expect(language);
        assert!(size(&files) < own + 10_000, "{language}: {}", size(&files));
        let mut stray = stray.clone();
        stray["S"]["properties"]["a"] = json!({"$ref": "#/components/schemas/S/properties/c"});
        let files = write(&spec(&stray), &info("")).expect(language);
        assert!(size(&files) < own + 100_000, "{language}: {}", size(&files));
    }
}

#[test]
fn an_enum_of_a_hundred_thousand_values_is_written_in_one_go() {
    let values: Vec<String> = (0..100_000).map(|number| format!("value-{number}")).collect();
    let mut schemas = json!({"S": {"type": "object", "properties": {"inline": {"type": "array", "items": {"enum": values}}}}});
    schemas["E"] = json!({"enum": values});
    let mut spec = spec(&schemas);
    // The same within an operation.
    spec.operations[0].body.as_mut().unwrap().content[0].schema = json!({"enum": values});
    for (language, write) in LANGUAGES {
        let started = Instant::now();
        let files = write(&spec, &info("")).expect(language);
        // It once took more than a minute. This detects hanging and is not a measurement.
        assert!(started.elapsed() < Duration::from_secs(60), "{language}: {:?}", started.elapsed());
        let written: String = files.iter().map(|(_, contents)| contents.as_str()).collect();
        assert_eq!(written.matches("\"value-99999\"").count(), 3, "{language}");
    }
}

#[test]
fn what_a_package_cannot_hold_is_an_error() {
    let values: Vec<String> = (0..50_000).map(|number| format!("value-{number}")).collect();
    let mut schemas = json!({"Base": {"type": "object", "properties": {"kind": {"enum": values}}}, "S": {"type": "object"}});
    for number in 0..100 {
        let mut name = String::new();
        _ = write!(name, "Inline{number}");
        schemas[name] = json!({"type": "object", "properties": {"kind": {"enum": values}}});
    }
    for (language, write) in LANGUAGES {
        assert_eq!(
            write(&spec(&schemas), &info("")).map(|files| size(&files)),
            Err(TooLarge),
            "{language}"
        );
    }
}

/// Documents whose packages would be far larger than they are if fields were repeated.
#[test]
fn the_size_of_a_package_is_linear_in_the_document() {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let wide: Value = (0..500)
        .map(|number| (format!("f{number}"), json!({"type": "object", "properties": {"x": {}}})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut variants = json!({"S": {"type": "object", "properties": wide}});
    for number in 0..1000 {
        let required = json!({"required": [format!("f{}", number % 500)]});
        variants[format!("V{number}")] = json!({"allOf": [schema("S"), required]});
    }
    let leaf = |number: usize| {
        let own =
            json!({"n": {"enum": [number]}, "d": {"allOf": [schema("S"), {"required": ["n"]}]}});
        json!({"allOf": [schema("S"), {"type": "object", "properties": own}]})
    };
    let mut own: serde_json::Map<_, _> =
        (0..20).map(|number| (format!("c{number}"), leaf(number))).collect();
    own.insert("n".to_owned(), json!({"type": "integer"}));
    let conflict = json!({"S": {"type": "object", "properties": own}});
    let documents = [("variants", variants), ("choices", choices(20)), ("conflict", conflict)];
    for (name, schemas) in documents {
        let document = schemas.to_string().len();
        for (language, write) in LANGUAGES {
            let files = write(&spec(&schemas), &info("")).expect(language);
            assert!(
                size(&files) < 20_000 + 60 * document,
                "{name} in {language}: {} for {document}",
                size(&files)
            );
        }
    }
}

/// Schemas of which each has four choices that extend the next one: 4 to the power of `levels`
/// combinations.
pub fn choices(levels: usize) -> Value {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let mut schemas = json!({"S": {
        "type": "object", "properties": {"a": {"type": "string"}}, "allOf": [schema("U0")]
    }});
    schemas[format!("U{levels}")] = json!({"type": "object", "properties": {"z": {}}});
    for level in 0..levels {
        let next = schema(&format!("U{}", level + 1));
        let branch = |number: usize| {
            let own = json!({format!("x{number}"): {"type": "string"}});
            json!({"type": "object", "properties": own, "allOf": [next]})
        };
        let branches: Vec<Value> = (0..4).map(branch).collect();
        schemas[format!("U{level}")] = json!({"oneOf": branches});
    }
    schemas
}
