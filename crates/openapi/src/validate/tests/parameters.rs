//! Parameters, in each place and style.

use serde_json::{Value, json};

use super::{Api, NONE, query_of};

#[test]
fn each_place_is_named() {
    let api = Api::of(
        json!([
            {"name": "limit", "in": "query", "required": true,
                "schema": {"type": "integer", "maximum": 10}},
            {"name": "X-Trace", "in": "header", "required": true,
                "schema": {"type": "string", "format": "uuid"}},
            {"name": "theme", "in": "cookie", "required": true,
                "schema": {"enum": ["dark", "light"]}},
            {"name": "Authorization", "in": "header", "required": true,
                "schema": {"type": "integer"}},
        ]),
        Value::Null,
    );
    assert_eq!(
        api.faults("x", "", &[], None),
        ["path.id invalid_type", "query.limit missing", "header.X-Trace missing"]
    );
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
    assert_eq!(
        api(json!({"type": "integer", "minimum": 3})).query("q=2"),
        ["query.q out_of_range"]
    );
    assert_eq!(api(json!({"type": "number"})).query("q=1e3"), NONE);
    assert_eq!(api(json!({"type": "boolean"})).query("q=true"), NONE);
    assert_eq!(api(json!({"type": "boolean"})).query("q=yes"), ["query.q invalid_type"]);
    assert_eq!(api(json!({"type": "string", "maxLength": 3})).query("q=007"), NONE);
    assert_eq!(api(json!({"anyOf": [{"type": "integer"}, {"const": "all"}]})).query("q=all"), NONE);
    assert_eq!(api(json!({"type": ["integer", "null"]})).query("q="), NONE);
    assert_eq!(api(json!({"type": "string", "enum": ["a b", "ä=&"]})).query("q=a+b"), NONE);
    assert_eq!(
        api(json!({"type": "string", "enum": ["a b", "ä=&"]})).query("q=%C3%A4%3D%26"),
        NONE
    );
}

#[test]
fn lists_and_objects_are_read_in_each_style_of_a_query() {
    let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2});
    assert_eq!(query_of(json!({}), list.clone()).query("q=1&q=2"), NONE);
    assert_eq!(query_of(json!({}), list.clone()).query("q=1&q=x"), ["query.q[1] invalid_type"]);
    assert_eq!(query_of(json!({"explode": false}), list.clone()).query("q=1,2"), NONE);
    assert_eq!(
        query_of(json!({"style": "spaceDelimited", "explode": false}), list.clone())
            .query("q=1%202"),
        NONE
    );
    assert_eq!(
        query_of(json!({"style": "pipeDelimited", "explode": false}), list).query("q=1|2"),
        NONE
    );
    let texts = json!({"type": "array", "items": {"enum": ["a,b", "c"]}});
    assert_eq!(query_of(json!({"explode": false}), texts).query("q=a%2Cb,c"), NONE);

    let object = json!({"type": "object", "required": ["a"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}},
        "additionalProperties": false});
    assert_eq!(query_of(json!({}), object.clone()).query("a=1&b=true"), NONE);
    assert_eq!(query_of(json!({}), object.clone()).query("b=true"), ["query.q.a missing"]);
    assert_eq!(query_of(json!({"explode": false}), object.clone()).query("q=a,1,b,true"), NONE);
    assert_eq!(
        query_of(json!({"style": "deepObject"}), object.clone()).query("q[a]=1&q%5Bb%5D=x"),
        ["query.q.b invalid_type"]
    );
    assert_eq!(
        query_of(json!({"style": "deepObject"}), object).query("q[a]=1&q[c]=2"),
        ["query.q.c unknown_field"]
    );
    let nested = json!({"type": "object", "properties": {"a": {"type": "object",
        "properties": {"b": {"type": "integer"},
        "c": {"type": "array", "items": {"type": "integer"}}}}}});
    assert_eq!(
        query_of(json!({"style": "deepObject"}), nested).query("q[a][b]=x&q[a][c][]=1&q[a][c][]=2"),
        ["query.q.a.b invalid_type"]
    );
}

#[test]
fn lists_and_objects_are_read_in_each_style_of_a_path() {
    let faults = |style: &str, explode: bool, schema: Value, text: &str| {
        let parameter = json!({"name": "id", "in": "path", "required": true, "style": style,
            "explode": explode, "schema": schema});
        Api::of(json!([parameter]), Value::Null).faults(text, "", &[], None)
    };
    let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2});
    let object = json!({"type": "object", "required": ["a", "b"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}});
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
        assert_eq!(
            faults(style, explode, list.clone(), "x"),
            ["path.id out_of_range", "path.id[0] invalid_type"],
            "{style} {explode}"
        );
    }
    assert_eq!(faults("matrix", false, json!({"type": "integer"}), ";id=7"), NONE);
    assert_eq!(faults("label", false, json!({"type": "integer"}), ".7"), NONE);
}

#[test]
fn a_parameter_may_be_json() {
    let api = Api::of(
        json!([{"name": "q", "in": "query", "content": {"application/json": {
            "schema": {"type": "object", "required": ["a"]}}}}]),
        Value::Null,
    );
    assert_eq!(api.query("q=%7B%22a%22%3A1%7D"), NONE);
    assert_eq!(api.query("q=%7B%7D"), ["query.q.a missing"]);
    assert_eq!(api.query("q=%7B"), ["query.q invalid_format"]);
}

#[test]
fn a_parameter_that_takes_one_value_is_given_once() {
    let api = |schema: Value| query_of(json!({}), schema);
    assert_eq!(api(json!({"type": "integer"})).query("q=1&q=2"), ["query.q repeated"]);
    assert_eq!(api(json!({"type": "integer"})).query("q=1&%71=1"), ["query.q repeated"]);
    assert_eq!(api(json!({"type": "string"})).query("q=1&q=1"), ["query.q repeated"]);
    assert_eq!(api(json!({})).query("q=1&q=1"), ["query.q repeated"]);
    assert_eq!(
        api(json!({"type": ["integer", "array"], "items": {"type": "integer"}})).query("q=1&q=2"),
        NONE
    );
    let list = json!({"type": "array", "items": {"type": "integer"}, "maxItems": 3});
    assert_eq!(query_of(json!({"explode": false}), list.clone()).query("q=1,2&q=3"), NONE);
    assert_eq!(
        query_of(json!({"explode": false}), list.clone()).query("q=1,2&q=x"),
        ["query.q[2] invalid_type"]
    );
    assert_eq!(
        query_of(json!({"explode": false}), list).query("q=1,2&q=3,4"),
        ["query.q out_of_range"]
    );
    let object = json!({"type": "object", "properties": {"a": {"type": "integer"},
        "b": {"type": "array", "items": {"type": "integer"}}}});
    assert_eq!(api(object.clone()).query("a=1&a=2"), ["query.q repeated"]);
    assert_eq!(
        query_of(json!({"style": "deepObject"}), object.clone()).query("q[a]=1&q[a]=2"),
        ["query.q repeated"]
    );
    assert_eq!(
        query_of(json!({"style": "deepObject"}), object.clone()).query("q[b]=1&q[b]=2"),
        NONE
    );
    assert_eq!(
        query_of(json!({"style": "deepObject"}), object).query("q[a][c]=1&q[a]=2"),
        ["query.q repeated"]
    );
    let content = json!([{"name": "q", "in": "query",
        "content": {"application/json": {"schema": {"type": "object"}}}}]);
    let content = Api::of(content, Value::Null);
    assert_eq!(content.query("q=%7B%7D&q=%7B%7D"), ["query.q repeated"]);
    assert_eq!(content.query("q=%7B%22a%22%3A1%2C%22a%22%3A2%7D"), ["query.q duplicate_field"]);
    let header = |schema: Value| {
        Api::of(json!([{"name": "X-One", "in": "header", "schema": schema}]), Value::Null)
    };
    let twice = [("x-one", "1"), ("x-one", "2")];
    assert_eq!(
        header(json!({"type": "integer"})).faults("1", "", &twice, None),
        ["header.X-One repeated"]
    );
    assert_eq!(
        header(json!({"type": "array", "items": {"type": "integer"}}))
            .faults("1", "", &twice, None),
        NONE
    );
}

#[test]
fn an_empty_value_is_allowed_where_the_document_says_so() {
    let flag =
        |allow: bool| query_of(json!({"allowEmptyValue": allow}), json!({"type": "boolean"}));
    assert_eq!(flag(true).query("q"), NONE);
    assert_eq!(flag(true).query("q="), NONE);
    assert_eq!(flag(true).query("q=true"), NONE);
    assert_eq!(flag(true).query("q=maybe"), ["query.q invalid_type"]);
    assert_eq!(flag(true).query("q=&q=maybe"), ["query.q repeated"]);
    assert_eq!(flag(false).query("q"), ["query.q invalid_type"]);
    let required =
        query_of(json!({"allowEmptyValue": true, "required": true}), json!({"type": "integer"}));
    assert_eq!(required.query("q="), NONE);
    assert_eq!(required.query(""), ["query.q missing"]);
}

#[test]
fn a_number_is_its_digits_and_nothing_around_them() {
    let api = query_of(json!({}), json!({"type": "integer"}));
    for wrong in [
        "q=%207", "q=+7", "q=7%20", "q=%097", "q=%0A7", "q=%2B7", "q=7.", "q=.7", "q=07",
        "q=1e400", "q=NaN",
    ] {
        assert_eq!(api.query(wrong), ["query.q invalid_type"], "{wrong}");
    }
    for right in ["q=7", "q=-7", "q=0", "q=7.0", "q=7e0"] {
        assert_eq!(api.query(right), NONE, "{right}");
    }
}

#[test]
fn a_required_object_whose_fields_are_separate_parameters_has_no_own_name() {
    let search = |required: Value| {
        query_of(
            json!({"required": true}),
            json!({"type": "object", "required": required, "properties":
                {"q": {"type": "string"}, "per_page": {"type": "integer"}}}),
        )
    };
    assert_eq!(search(json!([])).query("q=x&per_page=7"), NONE);
    assert_eq!(search(json!([])).query(""), NONE);
    assert_eq!(search(json!([])).query("per_page=many"), ["query.q.per_page invalid_type"]);
    assert_eq!(search(json!(["q"])).query("per_page=7"), ["query.q.q missing"]);
    assert_eq!(search(json!(["q"])).query(""), ["query.q.q missing"]);
    let deep =
        query_of(json!({"required": true, "style": "deepObject"}), json!({"type": "object"}));
    assert_eq!(deep.query(""), ["query.q missing"]);
    assert_eq!(deep.query("q[a]=1"), NONE);
}

#[test]
fn wrong_items_of_deep_lists_are_found_at_their_place() {
    let lines = json!({"type": "array", "items": {"type": "object", "required": ["sku"],
        "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}}}});
    let api = query_of(json!({"style": "deepObject", "explode": true}), lines);
    assert_eq!(api.query("q[0][sku]=a&q[0][qty]=1&q[][sku]=b"), NONE);
    assert_eq!(
        api.query("q[0][sku]=a&q[1][qty]=many"),
        ["query.q[1].sku missing", "query.q[1].qty invalid_type"]
    );
    assert_eq!(api.query("q[sku]=a"), ["query.q invalid_type"]);
    let union = query_of(
        json!({}),
        json!({"oneOf": [{"type": "integer"}, {"type": "array", "items": {"enum": [1, 2]}}]}),
    );
    for right in ["q=7", "q=1&q=2"] {
        assert_eq!(union.query(right), NONE, "{right}");
    }
    assert!(!union.query("q=1&q=3").is_empty() && !union.query("q=x").is_empty());
}

#[test]
fn a_query_with_too_many_pairs_is_not_called_right() {
    let api = query_of(json!({}), json!({"type": "array", "items": {"type": "integer"}}));
    let operation = api.spec.operation("thing").expect("it is there");
    let call = crate::validate::Checked {
        path_params: &[("id".to_owned(), "1".to_owned())],
        query: Some(&"q=1&".repeat(10_001)),
        headers: &http::HeaderMap::new(),
        body: None,
    };
    assert!(api.validator.validate(operation, &call).is_over_budget());
}
