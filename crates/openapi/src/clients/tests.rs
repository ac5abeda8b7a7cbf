mod bounds;
mod names;
mod packages;
mod python;
mod strict;
mod typescript;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use super::{ClientInfo, File};
use crate::spec::Spec;

fn info(base_url: &str) -> ClientInfo {
    ClientInfo {
        product_id: "pets".to_owned(),
        base_url: base_url.to_owned(),
        version: "v1.4 beta".to_owned(),
    }
}

/// All documents of the tests, and one that tries to do harm.
fn documents() -> Vec<(String, Spec)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/specs");
    let read = |entry: std::fs::DirEntry| {
        let spec = Spec::read(&std::fs::read(entry.path()).unwrap()).unwrap();
        (entry.file_name().to_string_lossy().into_owned(), spec)
    };
    let mut all: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect();
    all.push(("pets".to_owned(), pets()));
    all.push(("mean".to_owned(), mean()));
    all.push(("families".to_owned(), families()));
    all.push(("choices".to_owned(), bounds::spec(&bounds::choices(12))));
    all
}

fn write(folder: &Path, files: &[File]) {
    for (path, contents) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
}

/// The output of a program. `None` if the program is not installed, which is printed.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    let output = match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("NOT TESTED: {program} is not installed");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let Output { status, stdout, stderr } = output;
    let (printed, errors) = (
        String::from_utf8_lossy(&stdout).into_owned(),
        String::from_utf8_lossy(&stderr).into_owned(),
    );
    assert!(
        status.success(),
        "{program} {arguments:?} in {}\n{printed}\n{errors}",
        folder.display()
    );
    Some(printed)
}

/// A document with one of each kind of value that a client sends.
fn pets() -> Spec {
    let parameter = |place: &str, name: &str, more: serde_json::Value| {
        let mut parameter =
            json!({ "in": place, "name": name, "required": place == "path", "schema": {} });
        parameter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameter
    };
    let responses = json!({ "200": { "description": "Fine", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } } });
    Spec::from_value(json!({
        "openapi": "3.1.0", "info": { "title": "Pets", "version": "1" },
        "paths": {
            "/pets/{petId}/{list}": { "get": { "operationId": "getPet", "responses": responses, "parameters": [
                parameter("path", "petId", json!({ "schema": { "type": "string" } })),
                parameter("path", "list", json!({ "style": "label", "explode": true, "schema": { "type": "array", "items": { "type": "integer" } } })),
                parameter("query", "q", json!({ "schema": { "type": "string" } })),
                parameter("query", "tags", json!({ "schema": { "type": "array", "items": { "type": "string" } } })),
                parameter("query", "ids", json!({ "explode": false, "style": "pipeDelimited", "schema": { "type": "array", "items": { "type": "integer" } } })),
                parameter("query", "filter", json!({ "style": "deepObject", "schema": { "type": "object", "properties": { "a b": { "type": "integer" } } } })),
                parameter("header", "X-Trace", json!({ "schema": { "type": "string" } })),
            ] } },
            "/pets": { "post": { "operationId": "create-pet", "responses": responses, "requestBody": {
                "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } },
            } } },
            "/form": { "post": { "operationId": "form", "responses": { "204": { "description": "Done" } }, "requestBody": { "content": {
                "application/x-www-form-urlencoded": { "schema": { "type": "object", "properties": { "a b": { "type": "string" }, "c": { "type": "array", "items": { "type": "integer" } }, "d": { "type": "object" } } },
                    "encoding": { "d": { "style": "deepObject", "explode": true } } },
            } } } },
            "/upload": { "post": { "operationId": "upload", "responses": responses, "requestBody": { "content": { "multipart/form-data": { "schema": {
                "type": "object", "required": ["file"],
                "properties": { "meta": { "type": "object", "properties": { "k": { "type": "integer" } } }, "file": { "type": "string", "format": "binary" } },
            } } } } } },
        },
        "components": { "schemas": { "Pet": { "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string" }, "age": { "type": ["integer", "null"] }, "kind": { "enum": ["cat", "dog"] },
            "parent": { "$ref": "#/components/schemas/Pet" },
        } } } },
    }))
    .unwrap()
}

/// A document that tries to leave comments and literals, to take reserved names and to nest
/// endlessly.
fn mean() -> Spec {
    const EVIL: &str = "*/ \"\"\" ''' ` ${x} \\ \\u0022 // # --> \u{2028}\u{202e}\nthrow new Error('evil');\nraise SystemExit(66)\n\\";
    let field = |schema: serde_json::Value| {
        json!({ "type": "object", "description": EVIL, "required": [EVIL, "class"], "properties": {
        EVIL: schema, "class": { "type": "string", "description": EVIL }, "__proto__": { "type": "integer" }, "__x": { "enum": [EVIL, "]", null, 1.5, 2] },
        "from": { "const": "\"]" }, "a-b": { "enum": ["]\"", EVIL] }, "ünïcode": { "type": "null" },
    } })
    };
    let operation = |id: &str| {
        json!({
            "operationId": id, "summary": EVIL, "description": EVIL, "deprecated": true,
            "parameters": [
                { "in": "query", "name": EVIL, "schema": field(json!(true)) }, { "in": "query", "name": "self", "schema": {} },
                { "in": "query", "name": "a-b", "schema": { "enum": [EVIL, "[", "]"] } }, { "in": "query", "name": "a_b", "required": true, "schema": {} },
                { "in": "query", "name": "body", "schema": {} }, { "in": "header", "name": "X-A", "schema": {} },
            ],
            "requestBody": { "description": EVIL, "content": { "application/json": { "schema": field(json!({ "$ref": "#/components/schemas/Any" })) } } },
            "responses": { "2XX": { "description": EVIL, "content": { "application/json": { "schema": { "oneOf": [field(json!({})), { "type": "null" }] } } } } },
        })
    };
    let one = |path: &str, id: &str| {
        (path.to_owned(), json!({ "get": operation(id), "post": operation(&format!("{id}Post")) }))
    };
    let ids = [
        "constructor",
        "then",
        "class",
        "get-pet",
        "get_pet",
        "getPet",
        "_call",
        "1st",
        "日本",
        "__proto__",
        "import",
    ];
    let paths: serde_json::Map<_, _> =
        ids.iter().enumerate().map(|(index, id)| one(&format!("/p{index}"), id)).collect();
    Spec::from_value(json!({
        "openapi": "3.1.0", "info": { "title": EVIL, "version": EVIL, "description": EVIL }, "paths": paths,
        "components": { "schemas": {
            "Any": true, "None": false, "Client": field(json!({ "$ref": "#/components/schemas/Client" })), "client": { "type": "string" },
            "string": { "type": "string" }, "日本": {}, "Self": { "type": "object" },
            "A": { "oneOf": [{ "$ref": "#/components/schemas/B" }, { "type": "string" }] },
            "B": { "anyOf": [{ "$ref": "#/components/schemas/A" }, { "type": "array", "items": { "$ref": "#/components/schemas/B" } }] },
            "Base": { "type": "object", "properties": { "kind": { "type": "string" } }, "oneOf": [{ "$ref": "#/components/schemas/Leaf" }] },
            "Leaf": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "properties": { "x": { "$ref": "#/components/schemas/Leaf/allOf/1" } } }] },
            "Map": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Map" } },
            "Alias": { "$ref": "#/components/schemas/Map" }, "Lists": { "type": "array", "items": { "$ref": "#/components/schemas/Lists" } },
        } },
    }))
    .unwrap()
}

/// A document with one of each kind of composition and name.
fn families() -> Spec {
    Spec::read(include_bytes!("tests/families.yaml")).unwrap()
}

/// The `Accept` of a call, of one with another media type, and of one whose errors are described.
fn expect_accepted(received: &[crate::samples::recorder::ReceivedRequest]) {
    let accepted: Vec<_> = received.iter().map(|request| request.header("accept")).collect();
    assert_eq!(
        accepted,
        [
            Some("application/json"),
            Some("text/csv"),
            Some("application/json, application/problem+json")
        ]
    );
}

/// `Retry-After`, status, call, and the expected number of requests.
const RETRIES: [(&str, u16, &str, usize); 6] = [
    ("Retry-After: 0", 429, "get", 3),
    ("Retry-After: 0", 429, "post", 3),
    ("Retry-After: 0", 503, "get", 3),
    ("Retry-After: 0", 503, "post", 1),
    ("Retry-After: 0", 503, "post once", 3),
    ("Retry-After: 86400", 429, "get", 1),
];

/// The five calls that the tests of both clients make.
fn expect_calls(received: &[crate::samples::recorder::ReceivedRequest]) {
    let [get, create, form, upload, nothing] = received else { panic!("{received:?}") };
    assert_eq!(get.method, "GET");
    assert_eq!(
        get.target,
        "/api/pets/a%2Fb/.1.2?q=c%26d&tags=x&tags=y&ids=1%7C2&filter%5Ba%20b%5D=1"
    );
    assert_eq!(
        (get.header("authorization"), get.header("x-trace"), get.body.len()),
        (Some("Bearer the-key"), Some("t"), 0)
    );
    assert_eq!(get.header("accept"), Some("application/json"));
    assert_eq!((create.method.as_str(), create.target.as_str()), ("POST", "/api/pets"));
    assert_eq!(
        (create.header("content-type"), create.header("idempotency-key")),
        (Some("application/json"), Some("once"))
    );
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&create.body).unwrap(),
        json!({ "name": "ü", "age": null })
    );
    assert_eq!(
        (form.header("content-type"), form.body.as_slice()),
        (
            Some("application/x-www-form-urlencoded"),
            b"a+b=c%26d&c=1&c=2&d%5Be%5D%5B0%5D=3".as_slice()
        )
    );
    let parts = String::from_utf8_lossy(&upload.body);
    assert!(upload.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    assert!(
        parts.contains("name=\"meta\"") && parts.contains("application/json\r\n\r\n{\"k\":1}\r\n"),
        "{parts}"
    );
    assert!(
        parts.contains("name=\"file\"; filename=") && parts.contains("\r\n\r\nbytes\r\n"),
        "{parts}"
    );
    assert_eq!((nothing.target.as_str(), nothing.body.len()), ("/api/form", 0));
}
