//! What is written is read back as the same value, and the validator accepts what samples write.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::samples;
use crate::schemas::Schemas;
use crate::spec::{Operation, Place, Routes, Spec, decode};
use crate::validate::{Checked, Validator};
use crate::wire::{
    FORM, MULTIPART, Pairs, Part, Reader, Writing, form, in_header, in_path, in_query, parts,
    query, segment,
};

/// Place, style, and characters that cannot occur in parts of a value, because the standard does
/// not tell them from delimiters.
const STYLES: [(&str, &str, &str); 8] = [
    ("query", "form", ""),
    ("query", "spaceDelimited", " "),
    ("query", "pipeDelimited", "|"),
    ("query", "deepObject", ""),
    ("path", "simple", ",="),
    ("path", "label", ",=."),
    ("path", "matrix", ",=;"),
    ("header", "simple", ",="),
];

/// A schema, and values that it accepts.
fn schemas(has_nesting: bool) -> Vec<(Value, BoxedStrategy<Value>)> {
    let text = || "[a-zA-Z0-9 +%&?#/|,;=.~_äß€🦀\"'\\\\-]{1,8}".prop_map(Value::from).boxed();
    let whole = || any::<i64>().prop_map(Value::from).boxed();
    let number = || (-1_000_000_i32..1_000_000).prop_map(|all| json!(f64::from(all) / 4.0)).boxed();
    let flag = || any::<bool>().prop_map(Value::from).boxed();
    let list = |item: BoxedStrategy<Value>| {
        prop::collection::vec(item, 0..4).prop_map(Value::from).boxed()
    };
    let array = |of: Value| json!({"type": "array", "items": of});
    let (string, integer) = (json!({"type": "string"}), json!({"type": "integer"}));
    let object = json!({"type": "object", "required": ["a"], "properties":
        {"a": integer, "b": string, "c": {"type": "boolean"}}});
    let of_object = || {
        (whole(), prop::option::of(text()), prop::option::of(flag())).prop_map(|(a, b, c)| {
            let fields = [("a", Some(a)), ("b", b), ("c", c)].into_iter();
            fields.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
    };
    let mut all = vec![
        (string.clone(), text()),
        (integer.clone(), whole()),
        (json!({"type": "number"}), number()),
        (json!({"type": "boolean"}), flag()),
        (array(string.clone()), list(text())),
        (array(integer.clone()), list(whole())),
        (object.clone(), of_object().boxed()),
        (json!({"type": ["integer", "array"], "items": {"type": "boolean"}}), whole()),
        (json!({"oneOf": [{"type": "boolean"}, array(integer.clone())]}), list(whole())),
        (json!({"anyOf": [object.clone(), integer.clone()]}), whole()),
        (json!({"anyOf": [object.clone(), integer.clone()]}), of_object().boxed()),
    ];
    if has_nesting {
        let deep = json!({"type": "object", "properties": {"in": object, "tags": array(string),
            "lines": array(object.clone()), "grid": array(array(integer))}});
        let of_deep = (of_object(), list(text()), list(of_object().boxed()), list(list(whole())));
        let of_deep = of_deep.prop_map(|(inner, tags, lines, grid)| {
            json!({"in": inner, "tags": tags, "lines": lines, "grid": grid})
        });
        all.push((array(object), list(of_object().boxed())));
        all.push((deep, of_deep.boxed()));
    }
    all
}

/// Without the characters that cannot be sent at this place, or that look like delimiters.
fn without(value: Value, left_out: &str, is_part: bool, place: &str) -> Value {
    let is_ascii = place == "header";
    match value {
        Value::String(text) => {
            let is_lost = |letter: &char| {
                (is_part && left_out.contains(*letter))
                    || (is_ascii && !letter.is_ascii())
                    || (place == "path" && matches!(letter, '/' | '\\'))
            };
            let text: String = text.chars().filter(|letter| !is_lost(letter)).collect();
            let text = if is_ascii { text.trim().to_owned() } else { text };
            // An empty segment, and steps to other paths, are not sent.
            let is_step = text.chars().all(|letter| matches!(letter, '.' | ';' | ','));
            if is_step { Value::from("x") } else { Value::from(text) }
        }
        Value::Array(items) => {
            items.into_iter().map(|item| without(item, left_out, true, place)).collect()
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, without(value, left_out, true, place)))
            .collect(),
        other => other,
    }
}

/// Counts its cases over all its runs, so that each test of a combination has its own.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

struct Api {
    spec: Arc<Spec>,
    schemas: Schemas,
}

impl Api {
    fn of(place: &str, style: &str, explode: bool, schema: &Value, example: &Value) -> Self {
        let parameter = json!({"name": "p", "in": place, "required": true, "style": style,
            "explode": explode, "schema": schema, "example": example});
        let path = if place == "path" { "/things/{p}" } else { "/things" };
        let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
            "paths": {path: {"get": {"operationId": "thing", "parameters": [parameter],
                "responses": {"200": {"description": ""}}}}}});
        let spec = Arc::new(Spec::from_value(document).expect("a document"));
        Self { schemas: Schemas::of_requests(Arc::clone(&spec)), spec }
    }

    fn operation(&self) -> &Operation {
        &self.spec.operations[0]
    }

    /// The value after it is written and read.
    fn round_trip(&self, value: &Value) -> (String, Option<Value>) {
        let reader = Reader::new(&self.schemas);
        let writing = Writing::of(&self.operation().parameters[0]);
        match writing.place {
            Place::Path => {
                let text = in_path(&writing, value);
                let decoded = decode(&text).expect("decodable");
                let read = segment(&reader, &writing, &decoded);
                (text.clone(), read.ok())
            }
            Place::Header => {
                let text = in_header(&writing, value);
                let read = segment(&reader, &writing, &text);
                (text, read.ok())
            }
            Place::Query | Place::Cookie => {
                let text = query(&writing, value).join("&");
                let read = in_query(&reader, &writing, false, &Pairs::of(&text));
                let read = read.ok().flatten().and_then(crate::wire::Given::value);
                (text, read)
            }
        }
    }

    /// The faults of the sample that sends the parameter's example.
    fn faults_of_sample(&self) -> (String, Vec<String>) {
        let sample = samples::request(&self.schemas, self.operation(), "");
        let (path, query) = sample.url.split_once('?').unwrap_or((&sample.url, ""));
        let found = Routes::new(&self.spec).find("GET", path).expect("a route");
        let headers: HeaderMap = sample
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::try_from(name).expect("a name"),
                    HeaderValue::try_from(value).expect("a value"),
                )
            })
            .collect();
        let call = Checked {
            path_params: &found.params,
            query: Some(query),
            headers: &headers,
            body: None,
        };
        let faults =
            Validator::new(Arc::clone(&self.spec)).validate(self.operation(), &call).faults;
        let faults = faults.into_iter().map(|fault| format!("{} {}", fault.location, fault.code));
        (format!("{sample:?}"), faults.collect())
    }
}

#[test]
fn what_is_written_is_read_as_the_same_value() {
    for (place, style, left_out) in STYLES {
        for explode in [true, false] {
            for (schema, values) in schemas(style == "deepObject") {
                let tested = runner(16).run(&values, |value| {
                    let value = without(value, left_out, false, place);
                    let api = Api::of(place, style, explode, &schema, &value);
                    let (written, read) = api.round_trip(&value);
                    let context =
                        format!("{place} {style} {explode} {schema} {value} as {written}");
                    prop_assert_eq!(read.as_ref(), Some(&value), "{}", context);
                    Ok(())
                });
                assert!(tested.is_ok(), "{}", tested.unwrap_err());
            }
        }
    }
}

/// The value of a form's field `p` after the sample's body is read, and the validator's faults.
fn form_round_trip(content_type: &str, encoding: &Value, schema: &Value, value: &Value) -> Value {
    let media = json!({"schema": {"type": "object", "properties": {"p": schema}},
        "example": {"p": value}, "encoding": {"p": encoding}});
    let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/things": {"post": {"operationId": "thing",
            "requestBody": {"content": {content_type: media}}, "responses": {}}}}});
    let spec = Arc::new(Spec::from_value(document).expect("a document"));
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    let operation = &spec.operations[0];
    let sample = samples::request(&schemas, operation, "");
    let headers = sample.written_headers();
    let sent = headers.iter().find(|(name, _)| name == "Content-Type").expect("a type");
    let body = sample.written_body().expect("a body");
    let call = Checked {
        path_params: &[],
        query: None,
        headers: &HeaderMap::new(),
        body: Some((&sent.1, body.as_bytes())),
    };
    let faults = Validator::new(Arc::clone(&spec)).validate(operation, &call).faults;
    assert!(faults.is_empty(), "{faults:?} in {body}");
    let media = &operation.body.as_ref().expect("a body").content[0];
    let parts = parts(&sent.1, body.as_bytes()).unwrap_or_default();
    let pairs = match content_type {
        FORM => Pairs::of(&body),
        _ => Pairs::of_all(parts.iter().map(Part::pair)),
    };
    let read = form(&Reader::new(&schemas), media, &pairs).expect("readable");
    read.get("p").cloned().unwrap_or_default()
}

#[test]
fn the_fields_of_forms_are_read_as_they_are_written() {
    for content_type in [FORM, MULTIPART] {
        for (encoding, left_out) in [
            (json!({}), ""),
            (json!({"style": "form"}), ""),
            // A part is not encoded, so a delimiter looks like a comma in a value.
            (json!({"explode": false}), if content_type == FORM { "" } else { "," }),
            (json!({"style": "pipeDelimited"}), "|"),
            (json!({"style": "spaceDelimited"}), " "),
            (json!({"style": "deepObject", "explode": true}), ""),
            (json!({"contentType": "application/json"}), ""),
        ] {
            let has_nesting = encoding.get("style").is_none_or(|style| style == "deepObject");
            let has_nesting = has_nesting && encoding.get("explode").is_none_or(|on| on == true);
            for (schema, values) in schemas(has_nesting) {
                let tested = runner(8).run(&values, |value| {
                    let value = without(value, left_out, false, "body");
                    let read = form_round_trip(content_type, &encoding, &schema, &value);
                    let context = format!("{content_type} {encoding} {schema} {value}");
                    prop_assert_eq!(read, value, "{}", context);
                    Ok(())
                });
                assert!(tested.is_ok(), "{}", tested.unwrap_err());
            }
        }
    }
}

#[test]
fn the_validator_accepts_what_samples_write() {
    for (place, style, left_out) in STYLES {
        for explode in [true, false] {
            for (schema, values) in schemas(style == "deepObject") {
                let tested = runner(8).run(&values, |value| {
                    let value = without(value, left_out, false, place);
                    // A segment or a header with nothing in it cannot be sent.
                    let is_empty = value.as_array().is_some_and(Vec::is_empty);
                    prop_assume!(!is_empty || place == "query");
                    let api = Api::of(place, style, explode, &schema, &value);
                    let (sample, faults) = api.faults_of_sample();
                    let context = format!("{place} {style} {explode} {schema} {value} as {sample}");
                    prop_assert!(faults.is_empty(), "{faults:?} in {context}");
                    Ok(())
                });
                assert!(tested.is_ok(), "{}", tested.unwrap_err());
            }
        }
    }
}
