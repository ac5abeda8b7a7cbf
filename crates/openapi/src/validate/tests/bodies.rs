//! Bodies, by media type and schema.

use http::HeaderMap;
use serde_json::json;

use super::{Api, NONE};
use crate::schemas::Unsaid;
use crate::validate::{Checked, Found, MAX_FAULTS};

#[test]
fn each_fault_of_a_body_has_its_place_and_code() {
    let api = Api::with_schema(
        json!({"type": "object", "required": ["email", "lines"], "additionalProperties": false,
            "properties": {
        "id": {"type": "string", "readOnly": true},
        "email": {"type": "string", "format": "email"},
        "kind": {"enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
        "lines": {"type": "array", "minItems": 1,
            "items": {"type": "object", "required": ["price"],
            "properties": {"price": {"type": "number", "exclusiveMinimum": 0}}}},
        "tree": {"$ref": "#/components/schemas/Tree"},
        "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]}}}),
    );
    assert_eq!(
        api.body(json!({"email": "a@example.com", "lines": [{"price": 1}], "note": null})),
        NONE
    );
    let mut found =
        api.body(json!({"email": "a", "kind": "c", "code": "x", "lines": [{"price": 0}, {}],
            "tree": {"leaf": 1, "next": {"leaf": "x"}},
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
    let api = Api::with_schema(json!({"type": "object", "required": ["id", "name"],
            "properties": {"id": {"type": "string", "readOnly": true},
            "name": {"type": "string"}}}));
    assert_eq!(api.body(json!({"name": "x"})), NONE);
    assert_eq!(api.body(json!({})), ["body.name missing"]);
    let split = Api::with_schema(
        json!({"allOf": [{"properties": {"id": {"type": "string", "readOnly": true}}}],
            "required": ["id"]}),
    );
    assert_eq!(split.body(json!({})), NONE);
}

#[test]
fn a_body_is_there_and_of_a_declared_type() {
    let api = Api::of(
        json!([]),
        json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}},
            "image/*": {}}}),
    );
    assert_eq!(api.faults("1", "", &[], None), ["body missing"]);
    assert_eq!(api.faults("1", "", &[], Some(("application/json", b""))), ["body missing"]);
    assert_eq!(api.faults("1", "", &[], Some(("application/json", b"{"))), ["body invalid_json"]);
    assert_eq!(
        api.faults("1", "", &[], Some(("application/json", b"\xff"))),
        ["body invalid_json"]
    );
    assert_eq!(
        api.faults("1", "", &[], Some(("text/plain", b"x"))),
        ["header.Content-Type unsupported_media_type"]
    );
    assert_eq!(
        api.faults("1", "", &[], Some(("", b"{}"))),
        ["header.Content-Type unsupported_media_type"]
    );
    assert_eq!(api.faults("1", "", &[], Some(("image/PNG", b"x"))), NONE);
    let text = Api::of(
        json!([]),
        json!({"content": {"text/plain": {"schema": {"type": "string", "maxLength": 3}},
            "text/csv": {"schema": {"type": "array"}}, "text/*": {}}}),
    );
    assert_eq!(text.faults("1", "", &[], Some(("text/plain", b"long"))), ["body out_of_range"]);
    assert_eq!(text.faults("1", "", &[], Some(("text/plain", "äöü".as_bytes()))), NONE);
    assert_eq!(text.faults("1", "", &[], Some(("text/csv", b"a,b"))), NONE);
    assert_eq!(text.faults("1", "", &[], Some(("text/x-log", b"\xff"))), NONE);
    let optional = Api::of(
        json!([]),
        json!({"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}),
    );
    assert_eq!(optional.faults("1", "", &[], None), NONE);
    assert_eq!(
        optional.faults("1", "", &[], Some(("application/x-www-form-urlencoded", b"a=1"))),
        NONE
    );
}

#[test]
fn only_some_errors_of_a_body_with_many_are_reported() {
    let api = Api::with_schema(json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(api.body(json!(vec!["x"; 1_000])).len(), MAX_FAULTS);
    for depth in [128, 100_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(
            api.faults("1", "", &[], Some(("application/json", deep.as_bytes()))),
            ["body too_deep"]
        );
    }
}

#[test]
fn errors_of_the_intended_branch_are_reported() {
    let branch = |kind: &str, field: &str| {
        json!({"type": "object", "required": ["kind", field],
        "properties": {"kind": {"const": kind}, field: {"type": "integer"}}})
    };
    let api =
        Api::with_schema(json!({"oneOf": [branch("card", "number"), branch("bank", "iban")]}));
    assert_eq!(api.body(json!({"kind": "card", "number": "x"})), ["body.number invalid_type"]);
    assert_eq!(api.body(json!({"kind": "cash"})), ["body.kind invalid_value"]);
    assert_eq!(api.body(json!({"number": 1})), ["body.kind missing"]);
    assert_eq!(api.body(json!(7)), ["body invalid_type"]);
}

#[test]
fn a_duplicate_field_is_refused() {
    let api = Api::with_schema(json!({"type": "object", "properties": {"a": {"type": "integer"}}}));
    let faults = |body: &str| api.faults("1", "", &[], Some(("application/json", body.as_bytes())));
    assert_eq!(faults(r#"{"a": 1, "a": 2}"#), ["body.a duplicate_field"]);
    assert_eq!(faults(r#"{"b": [{"c": 1, "c": 1}]}"#), ["body.b[0].c duplicate_field"]);
    assert_eq!(faults(r#"{"a": 1, "b": {"a": 1}}"#), NONE);
}

#[test]
fn a_value_that_cannot_be_checked_is_not_reported_as_valid() {
    let api = Api::with_schema(json!({"type": "object", "properties": {"code": {"pattern": "(?<"},
            "size": {"type": "integer"}}}));
    let operation = api.spec.operation("thing").expect("it is there");
    let check = |body: &str| {
        let path_params = [("id".to_owned(), "1".to_owned())];
        let checked = Checked {
            path_params: &path_params,
            query: None,
            headers: &HeaderMap::new(),
            body: Some(("application/json", body.as_bytes())),
        };
        api.validator.validate(operation, &checked)
    };
    assert_eq!(check(r#"{"size": 1}"#), Found::default());
    assert_eq!(check(r#"{"code": "x"}"#).unsaid, [("body".to_owned(), Unsaid::Unreadable)]);
    assert!(!check(r#"{"code": "x", "size": "x"}"#).faults.is_empty());
}

#[test]
fn a_body_whose_schema_has_a_keyword_of_the_wrong_type_is_not_called_right() {
    for wrong in [
        json!({"required": true}),
        json!({"enum": "x"}),
        json!({"minProperties": "few"}),
        json!({"maxProperties": -1}),
    ] {
        let mut schema = json!({"type": "object", "properties": {"size": {"type": "integer"}}});
        schema
            .as_object_mut()
            .expect("an object")
            .extend(wrong.as_object().cloned().expect("an object"));
        let api = Api::with_schema(schema);
        let operation = api.spec.operation("thing").expect("it is there");
        let check = |body: &str| {
            let path_params = [("id".to_owned(), "1".to_owned())];
            let body = Some(("application/json", body.as_bytes()));
            api.validator.validate(
                operation,
                &Checked {
                    path_params: &path_params,
                    query: None,
                    headers: &HeaderMap::new(),
                    body,
                },
            )
        };
        assert_eq!(
            check(r#"{"size": 1}"#).unsaid,
            [("body".to_owned(), Unsaid::Unreadable)],
            "{wrong}"
        );
        assert!(!check(r#"{"size": "x"}"#).faults.is_empty(), "{wrong}");
    }
}
