use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::documents::documents;
use super::faults;
use super::flow::Sandbox;
use crate::mock::{Call, Store, delay, respond};
use crate::schemas::Schemas;

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    of.iter()
        .map(|(name, value)| {
            (
                HeaderName::try_from(*name).expect("a name"),
                HeaderValue::try_from(*value).expect("a value"),
            )
        })
        .collect()
}

/// One operation with these responses.
fn sandbox(responses: Value) -> Sandbox {
    Sandbox::of(json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/thing": {"get": {"operationId": "thing", "responses": responses}}},
    }))
}

fn body_of(sandbox: &Sandbox, of: &[(&str, &str)]) -> (u16, String, String) {
    let answer = sandbox.call("thing", &[], None, of, b"").expect("an answer");
    (
        answer.status,
        answer.content_type.unwrap_or_default(),
        String::from_utf8_lossy(&answer.body).into_owned(),
    )
}

#[test]
fn every_status_of_every_operation_is_answered_validly_and_the_same_twice() {
    let (mut operations, mut answers, mut with_body) = (0, 0, 0);
    for (name, spec) in documents() {
        let schemas = Schemas::of_responses(spec.clone());
        let store = Store::default();
        for operation in &spec.operations {
            operations += 1;
            let path_params: Vec<_> = operation
                .parameters
                .iter()
                .map(|parameter| (parameter.name.clone(), "12345".to_owned()))
                .collect();
            for response in &operation.responses {
                let status = response.status.replace("XX", "00").replace("default", "418");
                let requested = headers(&[("tollgate-mock-status", &status)]);
                let call = Call {
                    org: "o",
                    product: "p",
                    path_params: &path_params,
                    query: Some("limit=3"),
                    headers: &requested,
                    body: br#"{"name": "x"}"#,
                };
                let place = format!("{name} {} {}", operation.id, response.status);
                let first = respond(&schemas, operation, &call, &Store::default())
                    .unwrap_or_else(|fault| panic!("{place}: {fault:?}"));
                let again = respond(&schemas, operation, &call, &Store::default())
                    .expect("answered before");
                assert_eq!(first, again, "{place}");
                let kept = respond(&schemas, operation, &call, &store).expect("answered before");
                for given in [&first, &kept] {
                    answers += 1;
                    let json = response.content.iter().find(|media| {
                        given.content_type.as_ref() == Some(&media.content_type)
                            && media.content_type.contains("json")
                    });
                    if let Some(media) = json
                        .filter(|_| given.status.to_string() == status && !given.body.is_empty())
                    {
                        with_body += 1;
                        let value = serde_json::from_slice(&given.body)
                            .unwrap_or_else(|error| panic!("{place}: {error}"));
                        assert_eq!(
                            faults(&schemas, &media.schema, &value),
                            Vec::<String>::new(),
                            "{place}"
                        );
                    }
                }
            }
        }
    }
    println!("{operations} operations, {answers} answers, {with_body} JSON bodies, all valid");
}

#[test]
fn the_first_success_with_content_is_usual() {
    let content = json!({"application/json": {"schema": {"const": 1}}});
    let status = |responses: Value| body_of(&sandbox(responses), &[]).0;
    assert_eq!(
        status(
            json!({"400": {"description": ""}, "204": {"description": ""}, "202": {"description": "", "content": content}})
        ),
        202
    );
    assert_eq!(status(json!({"404": {"description": ""}, "2XX": {"description": ""}})), 200);
    assert_eq!(status(json!({"404": {"description": ""}, "default": {"description": ""}})), 200);
    assert_eq!(status(json!({"404": {"description": ""}, "302": {"description": ""}})), 302);
}

#[test]
fn a_success_that_is_not_declared_has_no_content() {
    let error =
        json!({"description": "", "content": {"application/json": {"schema": {"const": 1}}}});
    let empty = (200, String::new(), String::new());
    let fails = json!({"405": error, "4XX": error, "500": error});
    for responses in [json!({"405": {"description": ""}}), fails.clone(), json!({"5XX": error})] {
        assert_eq!(body_of(&sandbox(responses.clone()), &[]), empty, "{responses}");
    }
    let forced = body_of(&sandbox(fails), &[("tollgate-mock-status", "405")]);
    assert_eq!(forced, (405, "application/json".to_owned(), "1".to_owned()));
    for (responses, expected) in [
        (json!({"default": error}), (200, "1")),
        (json!({"404": {"description": ""}, "2XX": error}), (200, "1")),
        (json!({"404": error, "204": {"description": ""}}), (204, "")),
        (json!({"205": error}), (205, "")),
    ] {
        let (status, _, body) = body_of(&sandbox(responses.clone()), &[]);
        assert_eq!((status, body.as_str()), expected, "{responses}");
    }
}

#[test]
fn a_preference_that_cannot_be_met_is_refused_with_what_exists() {
    let media = |names: &[&str]| {
        let named = names.iter().map(|name| ((*name).to_owned(), json!({"value": name})));
        json!({"schema": {"type": "string"}, "examples": named.collect::<serde_json::Map<_, _>>()})
    };
    let sandbox = sandbox(json!({
        "200": {"description": "", "content": {"application/json": media(&["cat", "a dog"]), "text/plain": media(&["text"])}},
        "404": {"description": "", "content": {"application/json": media(&["gone"])}},
        "default": {"description": ""}}));
    let call = |prefer: &str| sandbox.call("thing", &[], None, &[("prefer", prefer)], b"");
    for (prefer, status, body) in [
        ("example=cat", 200, "\"cat\""),
        (r#"example="a dog""#, 200, "\"a dog\""),
        ("example=text", 200, "text"),
        ("example=gone", 404, "\"gone\""),
        ("code=404", 404, "\"gone\""),
        ("code=404; example=gone", 404, "\"gone\""),
        ("CODE=200, Example=cat", 200, "\"cat\""),
        ("code=418", 418, ""),
        ("return=minimal; handling=strict", 200, "\"cat\""),
    ] {
        let answer = call(prefer).unwrap_or_else(|fault| panic!("{prefer}: {fault:?}"));
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!((answer.status, text.as_str()), (status, body), "{prefer}");
    }
    let all = "These exist: cat (200), a dog (200), text (200), gone (404).";
    for (prefer, expected) in [
        ("example=nope", all),
        ("example=", all),
        ("example=Cat", all),
        ("code=404, example=cat", "These exist: gone (404)."),
        ("code=500, example=cat", "names no examples"),
        ("code=4o4", "It declares: 200, 404, default."),
        ("code=", "It declares: 200, 404, default."),
    ] {
        let fault = call(prefer).expect_err(prefer);
        assert!(
            fault.header == "Prefer" && fault.message.contains(expected),
            "{prefer}: {fault:?}"
        );
    }
}

#[test]
fn a_declared_body_is_never_empty_and_a_note_names_what_is_wrong_in_it() {
    let object = json!({"type": "object", "required": ["id", "bad"], "properties": {
        "id": {"type": "integer"}, "bad": {"allOf": [{"type": "string"}, {"type": "integer"}]}}});
    for (schema, expected) in [
        (object, json!({"id": 1, "bad": "string"})),
        (json!({"allOf": [{"type": "string"}, {"type": "integer"}]}), json!("string")),
        (
            json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "boolean"}}),
            json!([true]),
        ),
        (
            json!({"type": "object", "maxProperties": 0, "required": ["a"], "properties": {"a": {"const": 1}}}),
            json!({"a": 1}),
        ),
        (
            json!({"oneOf": [{"type": "integer", "minimum": 1, "maximum": 1}, {"type": "integer", "minimum": 1, "maximum": 1}]}),
            json!(1),
        ),
        (
            json!({"type": ["null", "string"], "minLength": 3, "maxLength": 2, "not": {"type": "null"}}),
            json!("string"),
        ),
        (json!(false), json!({})),
    ] {
        let content = json!({"application/json": {"schema": schema}});
        let sandbox = sandbox(json!({"200": {"description": "", "content": content}}));
        let answer = sandbox.call("thing", &[], None, &[], b"").expect("an answer");
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert!(
            same_shape(&body, &expected) && !body.is_null(),
            "{schema}: {body} instead of {expected}"
        );
        assert_eq!(answer.headers.len(), 1, "{schema}: {:?}", answer.headers);
        assert_eq!(answer.headers[0].0, "Tollgate-Mock-Note");
    }
}

/// Whether two values have the same types and fields.
fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, field)| {
                    other.get(name).is_some_and(|other| same_shape(field, other))
                })
        }
        (Value::Array(one), Value::Array(_)) => !one.is_empty(),
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

#[test]
fn examples_come_first_where_they_are_valid_and_can_be_asked_for() {
    let sandbox = sandbox(json!({"200": {"description": "", "content": {"application/json": {
        "schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        "examples": {"wrong": {"value": {"n": "x"}}, "one": {"value": {"n": 1}}, "two": {"value": {"n": 2}}}}}}}));
    assert_eq!(body_of(&sandbox, &[]).2, r#"{"n":1}"#);
    assert_eq!(body_of(&sandbox, &[("prefer", "respond-async, example=two")]).2, r#"{"n":2}"#);
    let answer = sandbox.call("thing", &[], None, &[("prefer", "example=wrong")], b"");
    let answer = answer.expect("an answer");
    assert_eq!(answer.body, br#"{"n":"x"}"#, "what was asked for");
    assert_eq!(
        answer.headers,
        [(
            "Tollgate-Mock-Note".to_owned(),
            "The body does not match its schema. At /n: This must be of type integer.".to_owned()
        )]
    );
}

#[test]
fn what_is_right_in_a_wrong_example_is_kept() {
    let sandbox = sandbox(json!({"200": {"description": "", "content": {"application/json": {
        "schema": {"type": "object", "required": ["n", "name"], "properties": {"n": {"type": "integer", "maximum": 3}, "name": {"type": "string"}}},
        "example": {"n": 4, "name": "Jenny"}}}}}));
    let value: Value = serde_json::from_str(&body_of(&sandbox, &[]).2).expect("JSON");
    assert!(
        value["n"].as_i64().is_some_and(|n| n <= 3) && value["name"] == json!("Jenny"),
        "{value}"
    );
}

#[test]
fn the_media_type_is_what_the_caller_likes_best() {
    let schema =
        json!({"type": "object", "required": ["n"], "properties": {"n": {"const": "a<b"}}});
    let media = json!({"schema": schema});
    let sandbox = sandbox(json!({"200": {"description": "", "content": {
        "text/csv": {"example": "a,b"}, "application/json": media, "application/xml": media, "application/x-ndjson": media, "image/*": {}, "text/event-stream": media}}}));
    let given = |accept: &str| {
        let (_, content_type, body) = body_of(&sandbox, &[("accept", accept)]);
        (content_type, body)
    };
    assert_eq!(body_of(&sandbox, &[]).1, "application/json");
    assert_eq!(given("*/*").0, "application/json");
    assert_eq!(
        given("application/json;q=0.2, application/xml").1,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<answer><n>a&lt;b</n></answer>\n"
    );
    assert_eq!(given("text/csv").1, "a,b");
    assert_eq!(given("text/*;q=0.5, text/csv;q=0, application/json;q=0.1").0, "text/event-stream");
    assert_eq!(given("text/event-stream").1, "data: {\"n\":\"a<b\"}\n\n");
    assert_eq!(given("application/x-ndjson").1, "{\"n\":\"a<b\"}\n");
    assert_eq!(given("image/webp, image/*").0, "image/png");
    assert_eq!(
        given("application/pdf").0,
        "application/json",
        "what there is, rather than nothing"
    );
    assert_eq!(given(";;,q=,///;q=x").0, "application/json");
}

#[test]
fn required_headers_have_values() {
    let sandbox = sandbox(json!({"200": {"description": "", "headers": {
        "X-Count": {"required": true, "schema": {"type": "integer", "minimum": 3, "maximum": 3}},
        "X-List": {"required": true, "schema": {"type": "array", "items": {"const": "a"}, "minItems": 2, "maxItems": 2}},
        "X-Maybe": {"schema": {"type": "string"}},
        "Content-Length": {"required": true, "schema": {"type": "integer"}},
        "X-Split": {"required": true, "schema": {"const": "a\r\nb"}}}}}));
    let answer = sandbox.call("thing", &[], None, &[], b"").expect("an answer");
    assert_eq!(
        answer.headers,
        [("X-Count".to_owned(), "3".to_owned()), ("X-List".to_owned(), "a,a".to_owned())]
    );
}

#[test]
fn a_wait_can_be_asked_for_within_bounds() {
    let read = |value: &str| delay(&headers(&[("tollgate-mock-delay", value)]));
    assert_eq!(delay(&HeaderMap::new()), Ok(None));
    assert_eq!(read("800ms"), Ok(Some(Duration::from_millis(800))));
    assert_eq!(read("2s"), Ok(Some(Duration::from_secs(2))));
    assert_eq!(read("10s"), Ok(Some(Duration::from_secs(10))));
    for wrong in
        ["", "ms", "s", "2", "11s", "10001ms", "-1s", "+1s", "1.5s", "99999999999999999999s", "2m"]
    {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
