//! Swagger 2.0: each of its parts, and where errors are reported.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::spec::{Fault, Place, Spec, Strictness};

/// A document of Swagger 2.0 with these lines (YAML) after its header.
fn swagger(rest: &str) -> String {
    format!("swagger: '2.0'\ninfo: {{title: T, version: '1'}}\n{rest}")
}

fn read(rest: &str) -> Spec {
    let text = swagger(rest);
    Spec::read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}

/// Errors and warnings.
fn faults(rest: &str) -> Vec<Fault> {
    Spec::read_with(swagger(rest).as_bytes(), Strictness::Strict).err().unwrap_or_default()
}

/// The operation `post` of `/a`, converted.
fn operation(rest: &str) -> Value {
    let spec = read(rest);
    spec.root.pointer("/paths/~1a/post").cloned().unwrap_or_else(|| panic!("{:#}", spec.root))
}

#[test]
fn the_result_is_a_document_of_3_1_that_names_its_old_version() {
    let spec = read("tags: [{name: t, description: d}]\nx-own: 1\npaths: {}\n");
    assert_eq!((spec.openapi.as_str(), spec.tags.len()), ("2.0", 1));
    let expected = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "tags": [{"name": "t", "description": "d"}], "x-own": 1, "paths": {},
    });
    assert_eq!(spec.root, expected);
    let again = Spec::from_value(spec.root.clone()).expect("the converted document is valid");
    assert_eq!(again.root, spec.root);
}

#[test]
fn host_path_and_schemes_become_servers_with_https_first() {
    for (lines, servers) in [
        (
            "host: a.com\nbasePath: /v1/\nschemes: [http, https]",
            &["https://a.com/v1", "http://a.com/v1"][..],
        ),
        ("host: a.com:8443", &["https://a.com:8443"]),
        ("host: a.com\nbasePath: /\nschemes: [wss]", &["wss://a.com"]),
        ("host: http://a.com/\nbasePath: v1", &["http://a.com/v1"]),
        ("basePath: /v1", &["/v1"]),
        ("basePath: /", &[]),
        ("schemes: [https]", &[]),
    ] {
        assert_eq!(read(&format!("{lines}\npaths: {{}}\n")).servers, servers, "{lines}");
    }
    let own = operation(
        "host: a.com\nschemes: [https]\npaths: {/a: {post: {schemes: [http], responses: {'200': {description: ok}}}}}",
    );
    assert_eq!(own["servers"], json!([{"url": "http://a.com"}]));
}

#[test]
fn a_body_has_the_media_types_of_its_operation_or_of_the_document() {
    let body = "parameters: [{in: body, name: b, description: d, required: true, x-own: 1, schema: {$ref: '#/definitions/P'}}], responses: {'200': {description: ok}}";
    let of = |before: &str, own: &str| {
        operation(&format!("{before}paths: {{/a: {{post: {{{own}{body}}}}}}}\ndefinitions: {{P: {{type: object}}}}\n"))
            ["requestBody"]
            .clone()
    };
    let schema = json!({"schema": {"$ref": "#/components/schemas/P"}});
    for (before, own, types) in [
        ("", "", &["application/json"][..]),
        ("consumes: [application/xml]\n", "", &["application/xml"]),
        ("consumes: [application/xml]\n", "consumes: [a/b, c/d, a/b], ", &["a/b", "c/d"]),
        ("consumes: [application/xml]\n", "consumes: [], ", &["application/json"]),
    ] {
        let content: Value =
            types.iter().map(|name| ((*name).to_owned(), schema.clone())).collect();
        let expected =
            json!({"description": "d", "required": true, "x-own": 1, "content": content});
        assert_eq!(of(before, own), expected, "{before}{own}");
    }
}

#[test]
fn fields_of_a_form_are_properties_and_files_need_multipart() {
    let form = |consumes: &str, fields: &str| {
        operation(&format!(
            "paths: {{/a: {{post: {{{consumes}parameters: [{fields}], responses: {{'200': {{description: ok}}}}}}}}}}"
        ))["requestBody"]
            .clone()
    };
    let name =
        "{in: formData, name: n, type: string, maxLength: 3, required: true, description: d}";
    let list =
        "{in: formData, name: l, type: array, items: {type: integer}, collectionFormat: pipes}";
    let file = "{in: formData, name: f, type: file}";
    let body = form("", &format!("{name}, {list}"));
    let expected = json!({"required": true, "content": {"application/x-www-form-urlencoded": {
        "schema": {
            "type": "object", "required": ["n"],
            "properties": {
                "n": {"type": "string", "maxLength": 3, "description": "d"},
                "l": {"type": "array", "items": {"type": "integer"}},
            },
        },
        "encoding": {"l": {"style": "pipeDelimited", "explode": false}},
    }}});
    assert_eq!(body, expected);
    let file = form("consumes: [application/x-www-form-urlencoded], ", file);
    let property = "/content/multipart~1form-data/schema/properties/f";
    assert_eq!(
        file.pointer(property),
        Some(&json!({"type": "string", "contentMediaType": "application/octet-stream"})),
        "{file:#}"
    );
    let both = form(
        "consumes: [multipart/form-data, application/x-www-form-urlencoded, text/csv], ",
        name,
    );
    assert_eq!(both["content"].as_object().map(serde_json::Map::len), Some(2));
}

#[test]
fn each_collection_format_has_its_style() {
    let parameter = |place: &str, format: &str| {
        let path = if place == "path" { "/{p}" } else { "/a" };
        let spec = read(&format!(
            "paths: {{'{path}': {{get: {{parameters: [{{name: p, in: {place}, required: true, type: array, items: {{type: string}}{format}}}], responses: {{'200': {{description: ok}}}}}}}}}}"
        ));
        let found = spec.operations[0].parameters[0].clone();
        let kind = found.schema["type"].as_str().unwrap_or_default().to_owned();
        (found.style, found.explode, kind)
    };
    for (place, format, style, explode, kind) in [
        ("query", "", "form", false, "array"),
        ("query", "csv", "form", false, "array"),
        ("query", "ssv", "spaceDelimited", false, "array"),
        ("query", "pipes", "pipeDelimited", false, "array"),
        ("query", "multi", "form", true, "array"),
        ("query", "tsv", "form", true, "string"),
        ("path", "csv", "simple", false, "array"),
        ("path", "pipes", "simple", false, "string"),
        ("header", "ssv", "simple", false, "string"),
    ] {
        let written =
            if format.is_empty() { String::new() } else { format!(", collectionFormat: {format}") };
        let expected = (style.to_owned(), explode, kind.to_owned());
        assert_eq!(parameter(place, &written), expected, "{place} {format}");
    }
}

#[test]
fn shared_parts_are_used_wherever_they_are_referred_to() {
    let spec = read(
        "produces: [application/json]\n\
         parameters:\n  Limit: {name: limit, in: query, type: integer, maximum: 9, x-example: 5}\n  Pet: {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}\n  Name: {name: name, in: formData, type: string}\n\
         responses:\n  Gone: {description: gone, schema: {$ref: '#/definitions/Page«Pet»'}}\n\
         definitions:\n  Pet: {type: object, discriminator: kind, properties: {kind: {type: string, x-nullable: true}}}\n  Page«Pet»: {type: array, items: {$ref: Pet}}\n\
         paths:\n  /a:\n    parameters: [{$ref: '#/parameters/Limit'}, {$ref: '#/parameters/Pet'}]\n    post: {responses: {'410': {$ref: '#/responses/Gone'}}}\n    put: {parameters: [{$ref: '#/parameters/Name'}], responses: {'410': {$ref: '#/responses/Gone'}}}\n\
         \x20 /b: {$ref: '#/paths/~1a'}\n",
    );
    let at = |pointer: &str| spec.root.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(
        at("/components/parameters"),
        json!({"Limit": {"name": "limit", "in": "query", "example": 5, "schema": {"type": "integer", "maximum": 9}}})
    );
    assert_eq!(
        at("/components/schemas"),
        json!({
            "Pet": {"type": "object", "discriminator": {"propertyName": "kind"}, "properties": {"kind": {"type": ["string", "null"]}}},
            "Page_Pet": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
        })
    );
    assert_eq!(
        at("/components/responses/Gone/content"),
        json!({"application/json": {"schema": {"$ref": "#/components/schemas/Page_Pet"}}})
    );
    assert_eq!(at("/paths/~1a/parameters"), json!([{"$ref": "#/components/parameters/Limit"}]));
    let types = |method: &str| {
        let operation = spec.operations.iter().find(|operation| operation.method == method);
        operation
            .and_then(|operation| Some(operation.body.clone()?.content[0].content_type.clone()))
    };
    assert_eq!(types("POST").as_deref(), Some("application/json"));
    assert_eq!(types("PUT").as_deref(), Some("application/x-www-form-urlencoded"));
    assert_eq!(spec.operations.len(), 4);
    assert!(spec.operations.iter().all(|operation| operation.parameters[0].place == Place::Query));
}

#[test]
fn responses_have_the_content_of_each_media_type() {
    let responses = operation(
        "produces: [application/json, application/xml]\n\
         paths:\n  /a:\n    post:\n      responses:\n\
         \x20       '200': {description: ok, schema: {type: integer}, examples: {application/json: 5}, headers: {N: {type: integer, description: d}}, x-own: 1}\n\
         \x20       '201': {description: file, schema: {type: file}}\n\
         \x20       '204': {description: none}\n\
         \x20       default: {schema: {type: string}, examples: {text/plain: no, short: why}}\n",
    )["responses"]
        .clone();
    let expected = json!({
        "200": {
            "description": "ok", "x-own": 1,
            "headers": {"N": {"description": "d", "schema": {"type": "integer"}}},
            "content": {
                "application/json": {"schema": {"type": "integer"}, "example": 5},
                "application/xml": {"schema": {"type": "integer"}},
            },
        },
        "201": {"description": "file", "content": {
            "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }},
        "204": {"description": "none"},
        "default": {"description": "", "content": {
            "application/json": {"schema": {"type": "string"}, "examples": {"short": {"value": "why"}}},
            "application/xml": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}, "example": "no"},
        }},
    });
    assert_eq!(responses, expected);
}

#[test]
fn each_kind_of_credentials_is_converted() {
    let spec = read(
        "securityDefinitions:\n  b: {type: basic, description: d}\n  k: {type: apiKey, in: header, name: X-Key, x-own: 1}\n\
         \x20 i: {type: oauth2, flow: implicit, authorizationUrl: 'https://a', scopes: {r: read}}\n\
         \x20 p: {type: oauth2, flow: password, tokenUrl: 'https://t', scopes: {}}\n\
         \x20 c: {type: oauth2, flow: application, tokenUrl: 'https://t'}\n\
         \x20 a: {type: oauth2, flow: accessCode, authorizationUrl: 'https://a', tokenUrl: 'https://t', scopes: {r: read}}\n\
         security: [{b: []}]\npaths: {}\n",
    );
    let (a, t) = ("https://a", "https://t");
    let expected = json!({
        "b": {"description": "d", "type": "http", "scheme": "basic"},
        "k": {"type": "apiKey", "in": "header", "name": "X-Key", "x-own": 1},
        "i": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": a, "scopes": {"r": "read"}}}},
        "p": {"type": "oauth2", "flows": {"password": {"tokenUrl": t, "scopes": {}}}},
        "c": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": t, "scopes": {}}}},
        "a": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": a, "tokenUrl": t, "scopes": {"r": "read"}}}},
    });
    assert_eq!(spec.root["components"]["securitySchemes"], expected);
    assert_eq!(spec.root["security"], json!([{"b": []}]));
}

#[test]
fn errors_are_reported_where_the_author_wrote_them() {
    let text = "definitions:\n  P:\n    type: 7x\nresponses:\n  R:\n    description: d\n    schema:\n      type: 6x\npaths:\n  /a:\n    post:\n      parameters:\n        - {in: body, name: b, schema: {type: 5x}}\n        - {in: query, name: q, type: 4x}\n      responses:\n        '200':\n          description: ok\n          schema:\n            type: 3x\n";
    let found: Vec<(String, Option<u32>)> =
        faults(text).into_iter().map(|fault| (fault.pointer, fault.line)).collect();
    let expected = [
        ("/definitions/P/type", 5),
        ("/responses/R/schema/type", 10),
        ("/paths/~1a/post/parameters/0/schema/type", 15),
        ("/paths/~1a/post/parameters/1/type", 16),
        ("/paths/~1a/post/responses/200/schema/type", 21),
    ];
    assert_eq!(found, expected.map(|(pointer, line)| (pointer.to_owned(), Some(line))));
}

#[test]
fn parts_of_a_wrong_type_are_answered() {
    for rest in [
        "paths: 1",
        "paths: {/a: 1}",
        "paths: {/a: {post: 1}}",
        "definitions: 1\npaths: {}",
        "paths: {/a: {parameters: 1, post: {parameters: {}, responses: []}}}",
        "paths: {/a: {post: {parameters: [1, {$ref: 1}, {$ref: '#/parameters/x'}], responses: {'200': 1}}}}",
        "consumes: 1\nproduces: {}\nschemes: 1\nhost: 1\nbasePath: []\npaths: {}",
        "parameters: {a: {$ref: '#/parameters/a'}}\npaths: {/a: {post: {parameters: [{$ref: '#/parameters/a'}], responses: {'200': {headers: 1, examples: 1, schema: 1}}}}}",
        "securityDefinitions: {a: 1, b: {type: oauth2, scopes: 1}}\npaths: {}",
    ] {
        let _ = Spec::read(swagger(rest).as_bytes());
    }
}

/// Values whose keys and texts are those of Swagger, at any place.
fn values() -> impl Strategy<Value = Value> {
    const KEYS: [&str; 24] = [
        "paths",
        "/a",
        "/a/{b}",
        "get",
        "post",
        "parameters",
        "responses",
        "200",
        "default",
        "schema",
        "headers",
        "examples",
        "definitions",
        "in",
        "name",
        "type",
        "items",
        "properties",
        "allOf",
        "$ref",
        "collectionFormat",
        "consumes",
        "securityDefinitions",
        "discriminator",
    ];
    const TEXTS: [&str; 16] = [
        "body",
        "formData",
        "query",
        "path",
        "array",
        "object",
        "file",
        "string",
        "multi",
        "tsv",
        "oauth2",
        "#/definitions/a",
        "#/parameters/in",
        "#/paths/~1a/get/responses/200/schema",
        "application/json",
        "name",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(7, 60, 5, |inner| {
        let key = proptest::sample::select(&KEYS[..]).prop_map(str::to_owned);
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            4 => proptest::collection::hash_map(key, inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_read_stays_the_same_when_it_is_read_again(value in values()) {
        let mut root = value;
        if let Value::Object(fields) = &mut root {
            fields.insert("swagger".to_owned(), json!("2.0"));
            fields.insert("info".to_owned(), json!({"title": "T", "version": "1"}));
            fields.entry("paths").or_insert_with(|| json!({}));
        }
        if let Ok(spec) = Spec::from_value(root) {
            let again = Spec::from_value(spec.root.clone());
            let again = again.map_err(|faults| TestCaseError::fail(format!("{faults:?}\n{}", spec.root)))?;
            prop_assert_eq!(again.root, spec.root);
        }
    }
}

#[test]
fn a_document_that_grows_without_bound_is_refused() {
    let properties: String = (0..2_000).map(|number| format!("p{number}: {{}}, ")).collect();
    let paths: String = (0..500)
        .map(|number| format!("  /{number}: {{post: {{parameters: [{{$ref: '#/parameters/B'}}], responses: {{}}}}}}\n"))
        .collect();
    let text = format!(
        "consumes: [a/a, b/b, c/c]\nparameters:\n  B: {{in: body, name: b, schema: {{properties: {{{properties}}}}}}}\npaths:\n{paths}"
    );
    let found = faults(&text);
    assert!(found.len() == 1 && found[0].message.contains("definitions"), "{found:?}");
}
