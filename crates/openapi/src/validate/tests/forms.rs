//! Forms and multipart bodies, by their schema and `encoding`.

use serde_json::{Value, json};

use super::{Api, NONE};

fn form(schema: Value, encoding: Value) -> Api {
    let media = json!({"schema": schema, "encoding": encoding});
    Api::of(
        json!([]),
        json!({"content": {"application/x-www-form-urlencoded": media,
        "multipart/form-data": media}}),
    )
}

fn sent(api: &Api, body: &str) -> Vec<String> {
    let content_type = "application/x-www-form-urlencoded";
    api.faults("1", "", &[], Some((content_type, body.as_bytes())))
}

/// Headers and content of each part.
fn parts(api: &Api, parts: &[(&str, &str)]) -> Vec<String> {
    let part = |(head, text): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n")
    };
    let body = format!("{}--b--\r\n", parts.iter().map(part).collect::<String>());
    api.faults("1", "", &[], Some(("multipart/form-data; boundary=b", body.as_bytes())))
}

#[test]
fn the_fields_of_a_form_are_checked_by_their_schema() {
    let api = form(
        json!({"type": "object", "additionalProperties": false, "required": ["amount", "currency"],
            "properties": {"amount": {"type": "integer", "minimum": 1},
            "currency": {"enum": ["eur", "usd"]}, "live": {"type": "boolean"}}}),
        json!({}),
    );
    assert_eq!(sent(&api, "amount=5&currency=eur&live=true"), NONE);
    assert_eq!(sent(&api, "amount=5&%63urrency=e%75r"), NONE);
    assert_eq!(sent(&api, "currency=eur"), ["body.amount missing"]);
    assert_eq!(sent(&api, "amount=many&currency=eur"), ["body.amount invalid_type"]);
    assert_eq!(sent(&api, "amount=0&currency=eur"), ["body.amount out_of_range"]);
    assert_eq!(sent(&api, "amount=1&currency=gbp"), ["body.currency invalid_value"]);
    assert_eq!(sent(&api, "amount=1&currency=eur&more=1"), ["body.more unknown_field"]);
    assert_eq!(sent(&api, "amount=1&amount=2&currency=eur"), ["body.amount repeated"]);
    assert_eq!(sent(&api, "amount=1&currency=eur&live=yes"), ["body.live invalid_type"]);
    let same = [("name=amount", "5"), ("name=\"currency\"", "eur")];
    assert_eq!(parts(&api, &same), NONE);
    assert_eq!(parts(&api, &same[..1]), ["body.currency missing"]);
    assert_eq!(parts(&api, &[("name=amount", "many"), same[1]]), ["body.amount invalid_type"]);
}

#[test]
fn lists_and_objects_of_a_form_are_read_in_each_encoding() {
    let schema = json!({"type": "object", "properties": {
        "tags": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        "data": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"},
            "in": {"type": "object", "properties": {"b": {"type": "integer"}}}}}}});
    for (encoding, right, wrong) in [
        (json!({}), "tags=1&tags=2", ("tags=1&tags=x", "body.tags[1] invalid_type")),
        (json!({}), "tags[]=1&tags[]=2", ("tags[]=1", "body.tags out_of_range")),
        (json!({}), "tags[0]=1&tags[1]=2", ("tags[0]=1&tags[1]=x", "body.tags[1] invalid_type")),
        (json!({}), "tags=[1,2]", ("tags=1,2", "body.tags out_of_range")),
        (json!({}), "data=%7B%22a%22:1%7D", ("data=%7B%7D", "body.data.a missing")),
        (
            json!({}),
            "data[a]=1&data[in][b]=2",
            ("data[a]=1&data[in][b]=x", "body.data.in.b invalid_type"),
        ),
        (
            json!({"tags": {"explode": false}}),
            "tags=1,2",
            ("tags=1,x", "body.tags[1] invalid_type"),
        ),
        (
            json!({"tags": {"style": "pipeDelimited"}}),
            "tags=1|2",
            ("tags=1|x", "body.tags[1] invalid_type"),
        ),
        (
            json!({"data": {"style": "deepObject", "explode": true}}),
            "data[a]=1",
            ("data[in][b]=1", "body.data.a missing"),
        ),
        (json!({"data": {"style": "form"}}), "a=1", ("a=x", "body.data.a invalid_type")),
        (
            json!({"data": {"contentType": "application/json"}}),
            "data=%7B%22a%22:1%7D",
            ("data=%7B", "body.data invalid_format"),
        ),
        (
            json!({"tags": {"contentType": "application/json"}}),
            "tags=%5B1,2%5D",
            ("tags=%5B1,%22x%22%5D", "body.tags[1] invalid_type"),
        ),
    ] {
        let api = form(schema.clone(), encoding.clone());
        assert_eq!(sent(&api, right), NONE, "{encoding} {right}");
        let faults = sent(&api, wrong.0);
        assert!(faults.contains(&wrong.1.to_owned()), "{encoding} {}: {faults:?}", wrong.0);
    }
}

#[test]
fn the_parts_of_a_body_are_checked() {
    let api = form(
        json!({"type": "object", "required": ["files", "note"], "properties": {
            "files": {"type": "array", "minItems": 2, "maxItems": 3,
                "items": {"type": "string", "format": "binary", "maxLength": 5}},
            "note": {"type": "string", "maxLength": 5},
            "meta": {"type": "object", "properties": {"a": {"type": "integer"}}}}}),
        json!({"files": {"contentType": "image/png, text/*", "headers":
            {"X-Size": {"schema": {"type": "integer"}}}}}),
    );
    let file = ("name=files; filename=a", "bytes");
    let note = ("name=note", "short");
    let meta = |text| ("name=meta; filename=blob\r\nContent-Type: application/json", text);
    assert_eq!(parts(&api, &[file, file, note, meta("{\"a\": 1}")]), NONE);
    assert_eq!(parts(&api, &[file, file, note, ("name=meta", "{\"a\": 1}")]), NONE);
    assert_eq!(parts(&api, &[("name=\"files[]\"", "x"), ("name=\"files[]\"", "x"), note]), NONE);
    assert_eq!(parts(&api, &[file, note]), ["body.files out_of_range"]);
    assert_eq!(parts(&api, &[file, file, file, file, note]), ["body.files out_of_range"]);
    assert_eq!(parts(&api, &[note]), ["body.files missing"]);
    assert_eq!(parts(&api, &[file, file]), ["body.note missing"]);
    assert_eq!(parts(&api, &[file, file, ("name=note", "too long")]), ["body.note out_of_range"]);
    assert_eq!(
        parts(&api, &[file, ("name=files", "too long"), note]),
        ["body.files[1] out_of_range"]
    );
    assert_eq!(
        parts(&api, &[file, file, note, meta("{\"a\": \"x\"}")]),
        ["body.meta.a invalid_type"]
    );
    assert_eq!(parts(&api, &[file, file, note, meta("{")]), ["body.meta invalid_format"]);
    assert_eq!(parts(&api, &[file, file, note, ("name=meta", "x")]), ["body.meta invalid_type"]);
    let typed = |head| (head, "x");
    assert_eq!(
        parts(&api, &[file, typed("name=files\r\nContent-Type: image/PNG; a=b"), note]),
        NONE
    );
    assert_eq!(
        parts(&api, &[file, typed("name=files\r\nContent-Type: image/gif"), note]),
        ["body.files unsupported_media_type"]
    );
    assert_eq!(
        parts(&api, &[file, typed("name=files\r\nX-Size: large"), note]),
        ["body.files.header.X-Size invalid_type"]
    );
    assert_eq!(
        api.faults("1", "", &[], Some(("multipart/form-data", b"--b--"))),
        ["body invalid_format"]
    );
}

#[test]
fn the_matching_branch_of_a_form_decides_the_types() {
    let branch = |kind: &str, code: Value| {
        json!({"type": "object", "required": ["kind", "code"],
            "properties": {"kind": {"const": kind}, "code": code}})
    };
    let api = form(
        json!({"oneOf": [branch("card", json!({"type": "integer"})),
            branch("bank", json!({"type": "string", "pattern": "^[0-9]+$"}))]}),
        json!({}),
    );
    assert_eq!(sent(&api, "kind=card&code=7"), NONE);
    assert_eq!(sent(&api, "kind=bank&code=007"), NONE);
    assert_eq!(sent(&api, "kind=card&code=x"), ["body.code invalid_type"]);
}

#[test]
fn a_form_with_too_many_fields_is_not_called_right() {
    let api = form(json!({"type": "object"}), json!({}));
    let operation = api.spec.operation("thing").expect("it is there");
    let body = "a=1&".repeat(10_001);
    let call = crate::validate::Checked {
        path_params: &[("id".to_owned(), "1".to_owned())],
        query: None,
        headers: &http::HeaderMap::new(),
        body: Some(("application/x-www-form-urlencoded", body.as_bytes())),
    };
    assert!(api.validator.validate(operation, &call).is_over_budget());
}
