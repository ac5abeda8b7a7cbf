use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::{Checked, MAX_FAULTS, Validator};
use crate::server::mock::Seed;
use crate::server::mock::generate::generate;
use crate::server::samples;
use crate::server::schemas::Schemas;
use crate::server::spec::{Parameter, Place, Routes, Spec};
use crate::server::validate::values::{Kinds, kinds_of};

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    of.iter().map(|(name, value)| (HeaderName::try_from(*name).expect("a name"), HeaderValue::try_from(*value).expect("a value"))).collect()
}

struct Api {
    spec: Arc<Spec>,
    validator: Validator,
}

impl Api {
    /// One operation, `POST /things/{id}`.
    fn of(parameters: Value, body: Value) -> Self {
        let mut operation = json!({"operationId": "thing", "parameters": parameters, "responses": {"200": {"description": ""}}});
        if !body.is_null() {
            operation["requestBody"] = body;
        }
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things/{id}": {"parameters": [id], "post": operation}},
            "components": {"schemas": {"Tree": {"type": "object", "required": ["leaf"], "properties": {"leaf": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Tree"}}}}}});
        let spec = Arc::new(Spec::from_value(document).unwrap_or_else(|faults| panic!("{faults:?}")));
        Self { validator: Validator::new(Arc::clone(&spec)), spec }
    }

    fn with_schema(schema: Value) -> Self {
        Self::of(json!([]), json!({"required": true, "content": {"application/json": {"schema": schema}}}))
    }

    fn faults(&self, id: &str, query: &str, of: &[(&str, &str)], body: Option<(&str, &[u8])>) -> Vec<String> {
        let operation = self.spec.operation("thing").expect("it is there");
        let path_params = [("id".to_owned(), id.to_owned())];
        let checked = Checked { path_params: &path_params, query: Some(query), headers: &headers(of), body };
        self.validator.validate(operation, &checked).into_iter().map(|fault| format!("{} {}", fault.location, fault.code)).collect()
    }

    fn query(&self, query: &str) -> Vec<String> {
        self.faults("1", query, &[], None)
    }

    fn body(&self, body: Value) -> Vec<String> {
        self.faults("1", "", &[], Some(("application/json; charset=utf-8", body.to_string().as_bytes())))
    }
}

/// One parameter of a query.
fn query_of(style: Value, schema: Value) -> Api {
    let mut parameter = json!({"name": "q", "in": "query", "schema": schema});
    for (key, value) in style.as_object().into_iter().flatten() {
        parameter[key] = value.clone();
    }
    Api::of(json!([parameter]), Value::Null)
}

const NONE: [&str; 0] = [];

#[test]
fn each_place_is_named() {
    let api = Api::of(
        json!([
            {"name": "limit", "in": "query", "required": true, "schema": {"type": "integer", "maximum": 10}},
            {"name": "X-Trace", "in": "header", "required": true, "schema": {"type": "string", "format": "uuid"}},
            {"name": "theme", "in": "cookie", "required": true, "schema": {"enum": ["dark", "light"]}},
            {"name": "Authorization", "in": "header", "required": true, "schema": {"type": "integer"}},
        ]),
        Value::Null,
    );
    assert_eq!(api.faults("x", "", &[], None), ["path.id invalid_type", "query.limit missing", "header.X-Trace missing"]);
    let wrong = api.faults("1", "limit=11", &[("x-trace", "1")], None);
    assert_eq!(wrong, ["query.limit out_of_range", "header.X-Trace invalid_format"]);
    let right = [("X-Trace", "6b3ba1a6-8e0f-4c6f-9a3d-111111111111")];
    assert_eq!(api.faults("7", "limit=10&more=1", &right, None), NONE);
}

#[test]
fn texts_become_what_the_schema_speaks_of() {
    let api = |schema: Value| query_of(json!({}), schema);
    assert_eq!(api(json!({"type": "integer"})).query("q=7"), NONE);
    assert_eq!(api(json!({"type": "integer"})).query("q=7.5"), ["query.q invalid_type"]);
    assert_eq!(api(json!({"type": "integer"})).query("q=0x7"), ["query.q invalid_type"]);
    assert_eq!(api(json!({"type": "integer"})).query("q="), ["query.q invalid_type"]);
    assert_eq!(api(json!({"type": "integer", "minimum": 3})).query("q=2"), ["query.q out_of_range"]);
    assert_eq!(api(json!({"type": "number"})).query("q=1e3"), NONE);
    assert_eq!(api(json!({"type": "boolean"})).query("q=true"), NONE);
    assert_eq!(api(json!({"type": "boolean"})).query("q=yes"), ["query.q invalid_type"]);
    assert_eq!(api(json!({"type": "string", "maxLength": 3})).query("q=007"), NONE);
    assert_eq!(api(json!({"anyOf": [{"type": "integer"}, {"const": "all"}]})).query("q=all"), NONE);
    assert_eq!(api(json!({"type": ["integer", "null"]})).query("q="), NONE);
    assert_eq!(api(json!({"type": "string", "enum": ["a b", "ä=&"]})).query("q=a+b"), NONE);
    assert_eq!(api(json!({"type": "string", "enum": ["a b", "ä=&"]})).query("q=%C3%A4%3D%26"), NONE);
}

#[test]
fn lists_and_objects_are_read_in_each_style_of_a_query() {
    let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2});
    assert_eq!(query_of(json!({}), list.clone()).query("q=1&q=2"), NONE);
    assert_eq!(query_of(json!({}), list.clone()).query("q=1&q=x"), ["query.q[1] invalid_type"]);
    assert_eq!(query_of(json!({"explode": false}), list.clone()).query("q=1,2"), NONE);
    assert_eq!(query_of(json!({"style": "spaceDelimited", "explode": false}), list.clone()).query("q=1%202"), NONE);
    assert_eq!(query_of(json!({"style": "pipeDelimited", "explode": false}), list).query("q=1|2"), NONE);
    let texts = json!({"type": "array", "items": {"enum": ["a,b", "c"]}});
    assert_eq!(query_of(json!({"explode": false}), texts).query("q=a%2Cb,c"), NONE);

    let object = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}, "additionalProperties": false});
    assert_eq!(query_of(json!({}), object.clone()).query("a=1&b=true"), NONE);
    assert_eq!(query_of(json!({}), object.clone()).query("b=true"), ["query.q.a missing"]);
    assert_eq!(query_of(json!({"explode": false}), object.clone()).query("q=a,1,b,true"), NONE);
    assert_eq!(query_of(json!({"style": "deepObject"}), object.clone()).query("q[a]=1&q%5Bb%5D=x"), ["query.q.b invalid_type"]);
    assert_eq!(query_of(json!({"style": "deepObject"}), object).query("q[a]=1&q[c]=2"), ["query.q.c unknown_field"]);
    let nested = json!({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "integer"}, "c": {"type": "array", "items": {"type": "integer"}}}}}});
    assert_eq!(query_of(json!({"style": "deepObject"}), nested).query("q[a][b]=x&q[a][c][]=1&q[a][c][]=2"), ["query.q.a.b invalid_type"]);
}

#[test]
fn lists_and_objects_are_read_in_each_style_of_a_path() {
    let faults = |style: &str, explode: bool, schema: Value, text: &str| {
        let parameter = json!({"name": "id", "in": "path", "required": true, "style": style, "explode": explode, "schema": schema});
        Api::of(json!([parameter]), Value::Null).faults(text, "", &[], None)
    };
    let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2});
    let object = json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}});
    for (style, explode, as_list, as_object) in [
        ("simple", false, "1,2", "a,1,b,2"),
        ("simple", true, "1,2", "a=1,b=2"),
        ("label", false, ".1,2", ".a,1,b,2"),
        ("label", true, ".1.2", ".a=1.b=2"),
        ("matrix", false, ";id=1,2", ";id=a,1,b,2"),
        ("matrix", true, ";id=1;id=2", ";a=1;b=2"),
    ] {
        assert_eq!(faults(style, explode, list.clone(), as_list), NONE, "{style} {explode}");
        assert_eq!(faults(style, explode, object.clone(), as_object), NONE, "{style} {explode}");
        assert_eq!(faults(style, explode, list.clone(), "x"), ["path.id out_of_range", "path.id[0] invalid_type"], "{style} {explode}");
    }
    assert_eq!(faults("matrix", false, json!({"type": "integer"}), ";id=7"), NONE);
    assert_eq!(faults("label", false, json!({"type": "integer"}), ".7"), NONE);
}

#[test]
fn a_parameter_may_be_json() {
    let api = Api::of(
        json!([{"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}]),
        Value::Null,
    );
    assert_eq!(api.query("q=%7B%22a%22%3A1%7D"), NONE);
    assert_eq!(api.query("q=%7B%7D"), ["query.q.a missing"]);
    assert_eq!(api.query("q=%7B"), ["query.q invalid_format"]);
}

#[test]
fn each_fault_of_a_body_has_its_place_and_code() {
    let api = Api::with_schema(json!({"type": "object", "required": ["email", "lines"], "additionalProperties": false, "properties": {
        "id": {"type": "string", "readOnly": true},
        "email": {"type": "string", "format": "email"},
        "kind": {"enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
        "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["price"], "properties": {"price": {"type": "number", "exclusiveMinimum": 0}}}},
        "tree": {"$ref": "#/components/schemas/Tree"},
        "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]}}}));
    assert_eq!(api.body(json!({"email": "a@example.com", "lines": [{"price": 1}], "note": null})), NONE);
    let mut found = api
        .body(json!({"email": "a", "kind": "c", "code": "x", "lines": [{"price": 0}, {}], "tree": {"leaf": 1, "next": {"leaf": "x"}},
        "note": "long", "more": 1}));
    found.sort();
    assert_eq!(
        found,
        [
            "body.code invalid_format",
            "body.email invalid_format",
            "body.kind invalid_value",
            "body.lines[0].price out_of_range",
            "body.lines[1].price missing",
            "body.more unknown_field",
            "body.note out_of_range",
            "body.tree.next.leaf invalid_type",
        ]
    );
    assert_eq!(api.body(json!([])), ["body invalid_type"]);
}

#[test]
fn what_the_api_sets_itself_is_not_asked_for() {
    let api = Api::with_schema(
        json!({"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string", "readOnly": true}, "name": {"type": "string"}}}),
    );
    assert_eq!(api.body(json!({"name": "x"})), NONE);
    assert_eq!(api.body(json!({})), ["body.name missing"]);
    let split = Api::with_schema(json!({"allOf": [{"properties": {"id": {"type": "string", "readOnly": true}}}], "required": ["id"]}));
    assert_eq!(split.body(json!({})), NONE);
}

#[test]
fn a_body_is_there_and_of_a_declared_type() {
    let api = Api::of(json!([]), json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}}, "image/*": {}}}));
    assert_eq!(api.faults("1", "", &[], None), ["body missing"]);
    assert_eq!(api.faults("1", "", &[], Some(("application/json", b""))), ["body missing"]);
    assert_eq!(api.faults("1", "", &[], Some(("application/json", b"{"))), ["body invalid_json"]);
    assert_eq!(api.faults("1", "", &[], Some(("application/json", b"\xff"))), ["body invalid_json"]);
    assert_eq!(api.faults("1", "", &[], Some(("text/plain", b"x"))), ["header.Content-Type unsupported_media_type"]);
    assert_eq!(api.faults("1", "", &[], Some(("", b"{}"))), ["header.Content-Type unsupported_media_type"]);
    assert_eq!(api.faults("1", "", &[], Some(("image/PNG", b"x"))), NONE);
    let optional = Api::of(json!([]), json!({"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}));
    assert_eq!(optional.faults("1", "", &[], None), NONE);
    assert_eq!(optional.faults("1", "", &[], Some(("application/x-www-form-urlencoded", b"a=1"))), NONE);
}

#[test]
fn a_body_with_many_faults_is_told_of_some() {
    let api = Api::with_schema(json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(api.body(json!(vec!["x"; 1_000])).len(), MAX_FAULTS);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(api.faults("1", "", &[], Some(("application/json", deep.as_bytes()))), ["body invalid_json"]);
}

#[test]
fn the_branch_that_was_meant_is_told_of() {
    let branch = |kind: &str, field: &str| json!({"type": "object", "required": ["kind", field], "properties": {"kind": {"const": kind}, field: {"type": "integer"}}});
    let api = Api::with_schema(json!({"oneOf": [branch("card", "number"), branch("bank", "iban")]}));
    assert_eq!(api.body(json!({"kind": "card", "number": "x"})), ["body.number invalid_type"]);
    assert_eq!(api.body(json!({"kind": "cash"})), ["body invalid_value"]);
}

/// What a partner copies is what the gateway lets through.
#[test]
fn samples_are_found_right() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).expect("tests/specs").map(|entry| entry.expect("a file").path()) {
        let spec = Arc::new(Spec::read(&std::fs::read(&entry).expect("readable")).unwrap_or_else(|faults| panic!("{faults:?}")));
        let (schemas, validator, routes) = (Schemas::of_requests(Arc::clone(&spec)), Validator::new(Arc::clone(&spec)), Routes::new(&spec));
        for operation in &spec.operations {
            let sample = samples::request(&schemas, operation, "");
            let (path, query) = sample.url.split_once('?').map_or((sample.url.as_str(), None), |(path, query)| (path, Some(query)));
            let found = routes.find(&sample.method, path).unwrap_or_else(|_| panic!("{} has no route: {path}", operation.id));
            // What follows `#` in a template is never sent: then another operation answers.
            if spec.operations[found.operation].id != operation.id {
                continue;
            }
            let headers = sample.written_headers();
            let body = sample.written_body().unwrap_or_default();
            let content_type = headers.iter().find(|(name, _)| name == "Content-Type").map_or("", |(_, value)| value.as_str());
            let headers: HeaderMap =
                headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())).collect();
            let body = (!content_type.is_empty()).then_some((content_type, body.as_bytes()));
            let call = Checked { path_params: &found.params, query, headers: &headers, body };
            let faults = validator.validate(operation, &call);
            assert!(faults.is_empty(), "{}: {faults:?} in {sample:?}", operation.id);
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn what_is_generated_for_a_request_is_found_right() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let (mut operations, mut bodies, mut parameters) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).expect("tests/specs").map(|entry| entry.expect("a file").path()).filter(|path| path.is_file()) {
        let spec = Arc::new(Spec::read(&std::fs::read(&entry).expect("readable")).unwrap_or_else(|faults| panic!("{faults:?}")));
        let schemas = Schemas::of_requests(Arc::clone(&spec));
        let validator = Validator::new(Arc::clone(&spec));
        for operation in &spec.operations {
            operations += 1;
            let text = |parameter: &Parameter| {
                let value = generate(&schemas, &parameter.schema, Seed::of(&[b"a"]))
                    .unwrap_or_else(|| panic!("{} {}", operation.id, parameter.name));
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            };
            let is_simple = |parameter: &&Parameter| kinds_of(&spec.root, &parameter.schema) == Kinds::default();
            let simple = |place: Place| operation.parameters.iter().filter(move |one| one.place == place).filter(is_simple);
            let path_params: Vec<_> = simple(Place::Path).map(|parameter| (parameter.name.clone(), text(parameter))).collect();
            let query: String = simple(Place::Query)
                .map(|parameter| {
                    url::form_urlencoded::Serializer::new(String::new()).append_pair(&parameter.name, &text(parameter)).finish()
                })
                .collect::<Vec<_>>()
                .join("&");
            parameters += path_params.len() + simple(Place::Query).count();
            for media in operation.body.iter().flat_map(|body| &body.content).filter(|media| media.content_type.contains("json")) {
                bodies += 1;
                let body = generate(&schemas, &media.schema, Seed::of(&[b"a"])).unwrap_or_else(|| panic!("{}", operation.id)).to_string();
                let checked = Checked {
                    path_params: &path_params,
                    query: Some(&query),
                    headers: &HeaderMap::new(),
                    body: Some((&media.content_type, body.as_bytes())),
                };
                let found: Vec<_> = validator
                    .validate(operation, &checked)
                    .into_iter()
                    .filter(|fault| fault.code != "missing" || fault.location.starts_with("body"))
                    .collect();
                assert!(found.is_empty(), "{}: {found:?} in {body} and {query}", operation.id);
            }
        }
    }
    println!("{operations} operations, {bodies} bodies, {parameters} parameters, all found right");
}
