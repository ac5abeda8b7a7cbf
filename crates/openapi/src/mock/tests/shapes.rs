//! Sequences of calls to documents that describe resources in other ways.

use serde_json::{Value, json};

use super::flow::Sandbox;

/// A collection and its items, by their paths and responses.
fn api(
    collection: &str,
    item: &str,
    created: Value,
    listed: Value,
    shown: Value,
    change: &str,
) -> Sandbox {
    let parameter = item.split(['{', '}']).nth(1).unwrap_or_default();
    let json_of = |schema: &Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let mut paths = json!({
        collection: {
            "post": {"operationId": "create", "responses": {"201": created}},
            "get": {"operationId": "list", "responses": {"200": listed}},
        },
        item: {
            "parameters": [{"name": parameter, "in": "path", "required": true, "schema": {"type": "string"}}],
            "get": {"operationId": "show", "responses": {"200": shown, "404": {"description": ""}}},
            "delete": {"operationId": "delete", "responses": {"200": json_of(&json!({"type": "object", "properties": {"deleted": {"const": true}}, "required": ["deleted"]}))}},
        },
    });
    paths[item][change] = json!({"operationId": "change", "responses": {"200": shown}});
    Sandbox::of(json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}))
}

fn response_of(schema: Value) -> Value {
    json!({"description": "", "content": {"application/json": {"schema": schema}}})
}

fn thing() -> Value {
    json!({"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}})
}

#[test]
fn numbers_as_ids_and_a_bare_list() {
    let list = json!({"type": "array", "items": thing()});
    let sandbox = api(
        "/things",
        "/things/{thing_id}",
        response_of(thing()),
        response_of(list),
        response_of(thing()),
        "put",
    );
    let (_, one) = sandbox.json("create", &[], json!({"name": "one"}));
    let (_, two) = sandbox.json("create", &[], json!({"name": "two"}));
    assert_ne!(one["id"], two["id"]);
    let id = one["id"].to_string();
    assert_eq!(sandbox.json("show", &[("thing_id", &id)], Value::Null).1, one);
    let (_, changed) = sandbox.json("change", &[("thing_id", &id)], json!({"name": "three"}));
    assert_eq!(changed, json!({"id": one["id"], "name": "three"}));
    let (_, list) = sandbox.json("list", &[], Value::Null);
    assert_eq!((&list[0], &list[1]), (&two, &changed));
    assert_eq!(
        sandbox.json("delete", &[("thing_id", &id)], Value::Null),
        (200, json!({"deleted": true}))
    );
    assert_eq!(sandbox.json("show", &[("thing_id", &id)], Value::Null).0, 404);
    // A whole object restores a deleted one only if the document declares no response for deleted
    // objects.
    assert_eq!(
        sandbox.json("change", &[("thing_id", &id)], json!({"name": "four"})).1["name"],
        json!("four")
    );
    assert_eq!(sandbox.json("show", &[("thing_id", &id)], Value::Null).1["name"], json!("four"));
}

#[test]
fn resources_wrapped_in_data_and_changed_by_post() {
    let wrapped = json!({"type": "object", "required": ["data"], "properties": {"data": thing()}});
    let list = json!({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": thing()}}}}});
    let sandbox = api(
        "/v1/things",
        "/v1/things/{id}",
        response_of(wrapped.clone()),
        response_of(list),
        response_of(wrapped),
        "post",
    );
    let (_, one) = sandbox.json("create", &[], json!({"data": {"name": "one"}}));
    assert_eq!(one["data"]["name"], json!("one"));
    let id = one["data"]["id"].to_string();
    assert_eq!(
        sandbox.json("change", &[("id", &id)], json!({"name": "two"})).1["data"]["name"],
        json!("two")
    );
    assert_eq!(sandbox.json("show", &[("id", &id)], Value::Null).1["data"]["name"], json!("two"));
    assert_eq!(sandbox.json("list", &[], Value::Null).1["data"]["items"][0]["name"], json!("two"));
}

#[test]
fn a_response_without_content_still_creates_the_object() {
    let list = json!({"type": "array", "items": thing()});
    let created =
        json!({"description": "", "headers": {"Location": {"schema": {"type": "string"}}}});
    let sandbox =
        api("/things", "/things/{id}", created, response_of(list), response_of(thing()), "patch");
    let response =
        sandbox.call("create", &[], None, &[], br#"{"name": "one"}"#).expect("an answer");
    assert!(response.body.is_empty());
    let id = response.headers[0].1.strip_prefix("things/").expect("a place").to_owned();
    assert_eq!(sandbox.json("show", &[("id", &id)], Value::Null).1["name"], json!("one"));
}

#[test]
fn a_form_is_read_by_names_written_otherwise() {
    let sink = json!({"type": "object", "required": ["sid"], "properties": {
        "sid": {"type": "string", "pattern": "^DG[0-9a-f]{32}$", "minLength": 34, "maxLength": 34}, "friendly_name": {"type": "string"}, "is_on": {"type": "boolean"}}});
    let list = json!({"type": "object", "properties": {"sinks": {"type": "array", "items": sink}}});
    let sandbox = api(
        "/Sinks.json",
        "/Sinks/{Sid}.json",
        response_of(sink.clone()),
        response_of(list),
        response_of(sink),
        "post",
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let response = sandbox
        .call("create", &[], None, &form, b"FriendlyName=My+sink&IsOn=true")
        .expect("an answer");
    let created: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert_eq!((&created["friendly_name"], &created["is_on"]), (&json!("My sink"), &json!(true)));
    assert_eq!(
        sandbox.json("show", &[("Sid", created["sid"].as_str().expect("an id"))], Value::Null).1,
        created
    );
    assert_eq!(sandbox.json("list", &[], Value::Null).1["sinks"][0], created);
}

#[test]
fn an_example_is_shown_with_an_id_of_its_own_each_time() {
    let example = json!({"id": "cus_Nffr", "name": "Jenny"});
    let schema = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}});
    let shown = json!({"description": "", "content": {"application/json": {"schema": schema, "example": example}}});
    let list =
        json!({"type": "object", "properties": {"data": {"type": "array", "items": schema}}});
    let sandbox =
        api("/customers", "/customers/{customer}", shown.clone(), response_of(list), shown, "post");
    let (_, one) = sandbox.json("create", &[], json!({"name": "A"}));
    let (_, two) = sandbox.json("create", &[], json!({"name": "B"}));
    assert_ne!(one["id"], two["id"]);
    assert!(one["id"].as_str().is_some_and(|id| id.starts_with("cus_")), "{one}");
    assert_eq!(
        sandbox.json("show", &[("customer", "cus_x")], Value::Null).1,
        json!({"id": "cus_x", "name": "Jenny"})
    );
}

#[test]
fn parts_that_hold_one_another_twice_come_to_an_end() {
    let mut schemas = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
        schemas.insert(
            format!("L{level}"),
            json!({"type": "object", "properties": {"a": next, "b": next, "c": next}, "required": ["a", "b", "c"]}),
        );
    }
    schemas.insert("L40".to_owned(), json!({"type": "string"}));
    let schemas = super::schemas_of(Value::Object(schemas));
    assert_eq!(
        crate::mock::generate::generate(
            &schemas,
            &json!({"$ref": "#/components/schemas/L0"}),
            crate::mock::Seed::of(&[])
        ),
        None
    );
}
