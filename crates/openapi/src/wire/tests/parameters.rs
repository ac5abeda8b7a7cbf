//! Parameters as documents and clients write them in practice.

use serde_json::{Value, json};

use crate::schemas::Schemas;
use crate::spec::Spec;
use crate::wire::{Fault, Given, Pairs, Reader, Writing, in_query};

/// The value of a query's only parameter, or the code of its fault.
fn read(parameter: &Value, query: &str) -> Value {
    let mut parameter = parameter.clone();
    parameter["in"] = "query".into();
    let document = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/x": {"get": {"parameters": [parameter], "responses": {}}}}});
    let spec = std::sync::Arc::new(Spec::from_value(document).expect("a document"));
    let schemas = Schemas::of_requests(std::sync::Arc::clone(&spec));
    let writing = Writing::of(&spec.operations[0].parameters[0]);
    match in_query(&Reader::new(&schemas), &writing, false, &Pairs::of(query)) {
        Ok(given) => given.and_then(Given::value).unwrap_or_default(),
        Err(Fault { code, .. }) => code.into(),
    }
}

fn deep(schema: Value) -> Value {
    json!({"name": "q", "style": "deepObject", "explode": true, "schema": schema})
}

#[test]
fn a_deep_list_is_read_with_empty_and_numbered_brackets() {
    let list = deep(json!({"type": "array", "items": {"type": "string"}}));
    for query in ["q[]=a&q[]=b", "q[0]=a&q[1]=b", "q%5B1%5D=b&q%5B0%5D=a", "q[7]=b&q[2]=a"] {
        assert_eq!(read(&list, query), json!(["a", "b"]), "{query}");
    }
    assert_eq!(read(&list, "q=a"), json!(["a"]));
    assert_eq!(read(&list, "q="), json!([]));
    assert_eq!(read(&list, "other[]=a"), Value::Null);
    let lines = deep(json!({"type": "array", "items": {"type": "object", "properties":
        {"sku": {"type": "string"}, "qty": {"type": "integer"}}}}));
    let both = json!([{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]);
    assert_eq!(read(&lines, "q[0][sku]=a&q[0][qty]=1&q[1][sku]=b&q[1][qty]=2"), both);
    assert_eq!(read(&lines, "q[][sku]=a&q[][qty]=1&q[][sku]=b&q[][qty]=2"), both);
}

#[test]
fn brackets_nest_in_objects_and_lists() {
    let filter = deep(json!({"type": "object", "properties": {
        "to": {"type": "object", "properties": {"city": {"type": "string"},
            "zip": {"type": "integer"}}},
        "tags": {"type": "array", "items": {"type": "string"}}}}));
    let value = json!({"to": {"city": "Ulm", "zip": 7}, "tags": ["a", "b"]});
    for query in [
        "q[to][city]=Ulm&q[to][zip]=7&q[tags][]=a&q[tags][]=b",
        "q[to][city]=Ulm&q[to][zip]=7&q[tags]=a&q[tags]=b",
        "q[to][city]=Ulm&q[to][zip]=7&q[tags][0]=a&q[tags][1]=b",
    ] {
        assert_eq!(read(&filter, query), value, "{query}");
    }
    assert_eq!(read(&filter, "q[to]=a&q[to][city]=b"), "repeated");
    assert_eq!(read(&filter, "q[to][city]=a&q[to][city]=b"), "repeated");
    assert_eq!(read(&filter, "q=text"), "text");
    let deepest = format!("q{}=1", "[a]".repeat(33));
    assert_eq!(read(&filter, &deepest), "too_deep");
}

#[test]
fn a_deep_object_may_also_be_a_single_value() {
    let range = json!({"type": "object", "properties": {"gt": {"type": "integer"},
        "lt": {"type": "integer"}}});
    let created = deep(json!({"anyOf": [range, {"type": "integer"}]}));
    assert_eq!(read(&created, "q=1700000000"), 1_700_000_000);
    assert_eq!(read(&created, "q[gt]=1&q[lt]=2"), json!({"gt": 1, "lt": 2}));
    assert_eq!(read(&created, "q[gt]=1&q=2"), "repeated");
}

#[test]
fn a_list_may_have_brackets_in_its_own_name() {
    let list = json!({"type": "array", "items": {"type": "integer"}});
    for (style, explode) in [("form", true), ("deepObject", true)] {
        let parameter =
            json!({"name": "ids[]", "style": style, "explode": explode, "schema": list});
        for query in ["ids[]=1&ids[]=2", "ids%5B%5D=1&ids%5B%5D=2", "ids[0]=1&ids[1]=2"] {
            assert_eq!(read(&parameter, query), json!([1, 2]), "{style} {query}");
        }
    }
    let joined = json!({"name": "ids[]", "explode": false, "schema": list});
    assert_eq!(read(&joined, "ids[]=1,2"), json!([1, 2]));
    let plain = json!({"name": "filter[state]", "schema": {"type": "string"}});
    assert_eq!(read(&plain, "filter[state]=new"), "new");
}

#[test]
fn a_union_of_one_value_and_a_list_is_read_as_either() {
    let list = json!({"type": "array", "items": {"enum": ["total", "page"]}});
    for schema in [
        json!({"oneOf": [{"type": "string", "maxLength": 4}, list]}),
        json!({"anyOf": [{"const": "*"}, list]}),
        json!({"type": ["string", "array"], "maxLength": 4, "items": list["items"]}),
    ] {
        let parameter = |explode: bool| json!({"name": "q", "explode": explode, "schema": schema});
        assert_eq!(read(&parameter(true), "q=*"), "*");
        assert_eq!(read(&parameter(true), "q=total&q=page"), json!(["total", "page"]));
        assert_eq!(read(&parameter(false), "q=*"), "*");
        assert_eq!(read(&parameter(false), "q=total,page"), json!(["total", "page"]));
        assert_eq!(read(&parameter(true), "q=total"), json!(["total"]));
    }
}

#[test]
fn delimiters_are_read_in_both_encodings() {
    let list = json!({"type": "array", "items": {"type": "integer"}});
    for (style, explode, queries) in [
        ("spaceDelimited", false, ["q=1%202", "q=1+2"]),
        ("pipeDelimited", false, ["q=1|2", "q=1%7C2"]),
        ("form", false, ["q=1,2", "q=1%2C2"]),
        ("pipeDelimited", true, ["q=1|2", "q=1&q=2"]),
        ("spaceDelimited", true, ["q=1%202", "q=1&q=2"]),
    ] {
        let parameter = json!({"name": "q", "style": style, "explode": explode, "schema": list});
        for query in queries {
            assert_eq!(read(&parameter, query), json!([1, 2]), "{style} {query}");
        }
    }
    let reserved = json!({"name": "q", "allowReserved": true, "schema": {"type": "string"}});
    assert_eq!(read(&reserved, "q=a/b?c:d@e=f%20g"), "a/b?c:d@e=f g");
}

#[test]
fn an_object_without_named_fields_takes_all_names_that_are_left() {
    let parameter = json!({"name": "q", "style": "form", "explode": true, "schema":
        {"type": "object", "additionalProperties": {"type": "integer"}}});
    assert_eq!(read(&parameter, "a=1&b=2"), json!({"a": 1, "b": 2}));
    let branches = json!({"name": "q", "style": "form", "explode": true, "schema": {"oneOf": [
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        {"type": "object", "required": ["n", "s"],
            "properties": {"n": {"type": "string", "pattern": "^0"}, "s": {"type": "string"}}}]}});
    assert_eq!(read(&branches, "n=7"), json!({"n": 7}));
    assert_eq!(read(&branches, "n=07&s=x"), json!({"n": "07", "s": "x"}));
}

#[test]
fn whole_numbers_of_64_bits_are_exact() {
    let parameter = json!({"name": "q", "schema": {"type": "integer", "format": "int64"}});
    for text in ["9223372036854775807", "-9223372036854775808", "9007199254740993"] {
        assert_eq!(read(&parameter, &format!("q={text}")).to_string(), text);
    }
}
