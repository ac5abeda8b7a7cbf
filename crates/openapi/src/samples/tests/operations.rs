//! Requests that are created from a document.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::samples::{Part, SampleBody, SampleRequest, request};
use crate::schemas::Schemas;
use crate::spec::Spec;

const BASE: &str = "https://api.example.test/api/pets/";

/// The request of the only operation of a document.
fn of(path: &str, method: &str, operation: &Value) -> SampleRequest {
    let mut operation = operation.clone();
    operation["responses"] = json!({ "200": { "description": "Fine" } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1" },
        "paths": { path: { method: operation } },
        "components": { "schemas": { "Pet": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "id": { "type": "string", "readOnly": true },
                "name": { "type": "string", "example": "Rex" },
                "a": { "type": "integer" }, "b": { "type": "integer" }, "c": { "type": "integer" },
                "d": { "type": "integer" }, "e": { "type": "integer" }, "f": { "type": "integer" },
                "parent": { "$ref": "#/components/schemas/Pet" },
            },
        } } },
    });
    let spec = Arc::new(Spec::from_value(document).unwrap());
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    request(&schemas, &spec.operations[0], BASE)
}

fn parameter(place: &str, name: &str, more: &Value, example: &Value) -> Value {
    let mut parameter =
        json!({ "in": place, "name": name, "required": true, "schema": {}, "example": example });
    parameter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parameter
}

fn url(path: &str, parameters: &[Value]) -> String {
    of(path, "get", &json!({ "parameters": parameters }))
        .url
        .strip_prefix(BASE.trim_end_matches('/'))
        .unwrap()
        .to_owned()
}

fn query(more: &Value, example: &Value) -> String {
    url("/x", &[parameter("query", "q", more, example)])
}

fn path(more: &Value, example: &Value) -> String {
    url("/x/{p}", &[parameter("path", "p", more, example)])
}

#[test]
fn a_path_is_filled_in_and_encoded() {
    assert_eq!(path(&json!({}), &json!("a/b c?ü")), "/x/a%2Fb%20c%3F%C3%BC");
    assert_eq!(path(&json!({}), &json!([1, "b,c"])), "/x/1,b%2Cc");
    assert_eq!(path(&json!({ "explode": true }), &json!({ "a": 1, "b": 2 })), "/x/a=1,b=2");
    assert_eq!(path(&json!({}), &json!({ "a": 1, "b": 2 })), "/x/a,1,b,2");
    assert_eq!(path(&json!({ "style": "label" }), &json!([1, 2])), "/x/.1,2");
    assert_eq!(path(&json!({ "style": "label", "explode": true }), &json!([1, 2])), "/x/.1.2");
    assert_eq!(path(&json!({ "style": "matrix" }), &json!([1, 2])), "/x/;p=1,2");
    assert_eq!(path(&json!({ "style": "matrix", "explode": true }), &json!({ "a": 1 })), "/x/;a=1");
}

#[test]
fn a_value_that_would_make_another_path_of_it_is_not_sent() {
    for value in ["", ".", ".."] {
        let filled = path(&json!({}), &json!(value));
        assert!(filled == "/x/p" || filled == "/x/string", "{filled}");
    }
}

#[test]
fn a_fragment_that_tells_operations_apart_is_not_sent() {
    assert_eq!(url("/x#copy", &[parameter("query", "q", &json!({}), &json!(1))]), "/x?q=1");
}

#[test]
fn a_query_is_written_in_its_style() {
    assert_eq!(query(&json!({}), &json!("a&b=c d+ü")), "/x?q=a%26b%3Dc%20d%2B%C3%BC");
    assert_eq!(query(&json!({}), &json!([1, "b"])), "/x?q=1&q=b");
    assert_eq!(query(&json!({ "explode": false }), &json!([1, "b,c"])), "/x?q=1,b%2Cc");
    assert_eq!(
        query(&json!({ "style": "spaceDelimited", "explode": false }), &json!([1, 2])),
        "/x?q=1%202"
    );
    assert_eq!(
        query(&json!({ "style": "pipeDelimited", "explode": false }), &json!([1, 2])),
        "/x?q=1%7C2"
    );
    assert_eq!(query(&json!({}), &json!({ "a": 1, "b": 2 })), "/x?a=1&b=2");
    assert_eq!(query(&json!({ "explode": false }), &json!({ "a": 1, "b": 2 })), "/x?q=a,1,b,2");
    assert_eq!(
        query(&json!({ "style": "deepObject", "explode": true }), &json!({ "a": 1 })),
        "/x?q%5Ba%5D=1"
    );
    let content = json!({ "in": "query", "name": "q", "required": true, "content": { "application/json": { "example": { "a": [1] } } } });
    assert_eq!(url("/x", &[content]), "/x?q=%7B%22a%22%3A%5B1%5D%7D");
}

#[test]
fn only_what_is_required_is_sent_beside_the_body() {
    let optional =
        |place: &str| json!({ "in": place, "name": "o", "schema": { "type": "string" } });
    let built = of(
        "/x",
        "get",
        &json!({ "parameters": [optional("query"), optional("header"), optional("cookie")] }),
    );
    assert_eq!(
        (built.url.as_str(), built.headers.len()),
        ("https://api.example.test/api/pets/x", 1)
    );
}

#[test]
fn a_header_is_one_that_every_program_can_send() {
    let headers = of(
        "/x",
        "get",
        &json!({ "parameters": [
        parameter("header", "X-Trace", &json!({}), &json!(" grüß\r\nX-Evil: 1 ")),
        parameter("header", "x-trace", &json!({}), &json!("twice")),
        parameter("header", "Host", &json!({}), &json!("elsewhere")),
        parameter("header", "Authorization", &json!({}), &json!("mine")),
        parameter("header", "Not a name:", &json!({}), &json!("x")),
    ] }),
    )
    .headers;
    let expected = [
        ("Authorization", "Bearer YOUR_SANDBOX_KEY"),
        ("X-Trace", "gr%C3%BC%C3%9F%0D%0AX-Evil: 1"),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

fn body(content: &Value) -> (Option<String>, SampleBody) {
    let built = of("/x", "post", &json!({ "requestBody": { "content": content } }));
    (
        built.headers.into_iter().find(|(name, _)| name == "Content-Type").map(|(_, value)| value),
        built.body.unwrap(),
    )
}

#[test]
fn a_body_is_what_the_document_shows() {
    let json_body = json!({ "text/csv": {}, "application/json": { "example": { "shown": true } } });
    assert_eq!(
        body(&json_body),
        (Some("application/json".to_owned()), SampleBody::Json(json!({ "shown": true })))
    );
    let text = json!({ "text/csv; charset=utf-8": { "example": "a,b\n1,\u{202e}2" } });
    assert_eq!(
        body(&text),
        (Some("text/csv; charset=utf-8".to_owned()), SampleBody::Text("a,b\n1,2".to_owned()))
    );
}

#[test]
fn a_body_that_is_made_has_what_is_required_and_a_little_more() {
    let (_, made) =
        body(&json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } }));
    let SampleBody::Json(Value::Object(fields)) = made else { panic!("{made:?}") };
    assert_eq!(fields["name"], "Rex");
    assert!(!fields.contains_key("id") && (2..=5).contains(&fields.len()), "{fields:?}");
}

#[test]
fn a_form_and_its_files_are_sent_as_parts() {
    let schema = json!({ "type": "object", "required": ["tags", "a b", "meta", "file"], "properties": {
        "tags": { "type": "array", "items": { "type": "string" }, "example": ["x", "y"] },
        "a b": { "type": "string", "example": "c&d" },
        "meta": { "type": "object", "example": { "k": 1 } },
        "file": { "type": "string", "format": "binary" },
    } });
    let (content_type, form) =
        body(&json!({ "application/x-www-form-urlencoded": { "schema": schema } }));
    assert_eq!(content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    let SampleBody::Text(form) = form else { panic!("{form:?}") };
    assert!(form.starts_with("tags=x&tags=y&a%20b=c%26d&meta=%7B%22k%22%3A1%7D&file="), "{form}");

    let encoding = json!({ "meta": { "style": "deepObject", "explode": true }, "tags": { "style": "deepObject" } });
    let (_, deep) = body(
        &json!({ "application/x-www-form-urlencoded": { "schema": schema, "encoding": encoding } }),
    );
    let SampleBody::Text(deep) = deep else { panic!("{deep:?}") };
    let expected = "tags%5B0%5D=x&tags%5B1%5D=y&a%20b=c%26d&meta%5Bk%5D=1&file=";
    assert!(deep.starts_with(expected), "{deep}");

    let (content_type, parts) = body(&json!({ "multipart/form-data": { "schema": schema } }));
    assert_eq!(content_type, None);
    let SampleBody::Parts(parts) = parts else { panic!("{parts:?}") };
    let part = |name: &str, value: &str, filename: Option<&str>, kind: Option<&str>| Part {
        name: name.to_owned(),
        value: value.to_owned(),
        filename: filename.map(str::to_owned),
        content_type: kind.map(str::to_owned),
    };
    let expected = [
        part("tags", "x", None, None),
        part("tags", "y", None, None),
        part("a b", "c&d", None, None),
        part("meta", r#"{"k":1}"#, None, Some("application/json")),
        part("file", "Hello, world!", Some("example.txt"), Some("application/octet-stream")),
    ];
    assert_eq!(parts, expected);
}

#[test]
fn bytes_and_ranges_of_types_become_something_to_send() {
    let binary = json!({ "image/*": { "schema": { "type": "string", "format": "binary" } } });
    assert_eq!(
        body(&binary),
        (Some("image/png".to_owned()), SampleBody::Text("Hello, world!".to_owned()))
    );
    let xml = json!({ "application/xml": { "schema": { "type": "object", "xml": { "name": "pet" }, "example": { "n": "<&" } } } });
    assert_eq!(body(&xml).1, SampleBody::Text("<pet><n>&lt;&amp;</n></pet>".to_owned()));
}

#[test]
fn a_body_is_not_sent_where_a_browser_cannot() {
    let built = of(
        "/x",
        "get",
        &json!({ "requestBody": { "content": { "application/json": { "example": 1 } } } }),
    );
    assert_eq!((built.body, built.headers.len()), (None, 1));
}

/// The request of every operation in the test documents follows the rules.
#[test]
fn real_documents_give_requests() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/specs");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let spec = Arc::new(Spec::read(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap());
        let schemas = Schemas::of_requests(Arc::clone(&spec));
        for operation in &spec.operations {
            let built = request(&schemas, operation, BASE);
            seen += 1;
            assert!(
                built.url.starts_with(BASE)
                    && built.url.bytes().all(|byte| matches!(byte, b'!'..=b'~')),
                "{built:?}"
            );
            assert!(!built.url.contains(['{', '}', '#']), "{built:?}");
            if let (Some(SampleBody::Json(value)), Some(body)) = (&built.body, &operation.body) {
                let media =
                    body.content.iter().find(|media| media.content_type.contains("json")).unwrap();
                assert!(
                    !media.examples.is_empty() || schemas.accepts(&media.schema, value),
                    "{}: {value}",
                    operation.id
                );
            }
        }
    }
    assert!(seen > 250, "{seen}");
}
