//! Keywords of the wrong type: what they should restrict is not checked, and this is never silent.

use serde_json::{Value, json};

use super::super::{Schemas, Unsaid, Verdict};
use super::{judged, spec_of};
use crate::spec::Spec;

/// Keywords that restrict values, each with a value of the right type.
fn restricting() -> Vec<(&'static str, Value)> {
    vec![
        ("type", json!("object")),
        ("pattern", json!("a")),
        ("format", json!("date")),
        ("uniqueItems", json!(true)),
        ("minimum", json!(1)),
        ("maximum", json!(1)),
        ("multipleOf", json!(1)),
        ("exclusiveMinimum", json!(1)),
        ("exclusiveMaximum", json!(1)),
        ("minLength", json!(1)),
        ("maxLength", json!(1)),
        ("minItems", json!(1)),
        ("maxItems", json!(1)),
        ("minContains", json!(0)),
        ("maxContains", json!(1)),
        ("minProperties", json!(1)),
        ("maxProperties", json!(1)),
        ("required", json!(["a"])),
        ("enum", json!([{"a": 1}])),
        ("dependentRequired", json!({"b": ["c"]})),
        ("properties", json!({})),
        ("patternProperties", json!({})),
        ("additionalProperties", json!(true)),
        ("propertyNames", json!(true)),
        ("items", json!(true)),
        ("prefixItems", json!([])),
        ("contains", json!(true)),
        ("dependentSchemas", json!({})),
        ("unevaluatedProperties", json!(true)),
        ("unevaluatedItems", json!(true)),
        ("allOf", json!([true])),
        ("anyOf", json!([true])),
        ("oneOf", json!([true])),
        ("not", json!(false)),
        ("if", json!(true)),
        ("$ref", json!("#/components/schemas/Any")),
    ]
}

/// Values of all types. Each is wrong for some keywords.
fn values() -> Vec<Value> {
    vec![
        json!(true),
        json!(5),
        json!(-1),
        json!(0.5),
        json!("x"),
        json!("3"),
        json!([]),
        json!([1]),
        json!(["x", {}]),
        json!({}),
        json!({"a": 5}),
        json!({"a": "x"}),
    ]
}

/// `S` is an object with a field whose schema only has this keyword. `None` if the document is
/// refused.
fn read(keyword: &str, value: &Value) -> Option<Schemas> {
    let schema = json!({ keyword: value });
    let schemas = json!({"Any": {}, "Wrong": schema, "S": {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Wrong"}}}});
    let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}, "components": {"schemas": schemas}});
    let spec = Spec::from_value(root).ok()?;
    Some(Schemas::of_requests(std::sync::Arc::new(spec)))
}

/// A document with a keyword of the wrong type is refused, or the keyword is listed and a value
/// that violates nothing else is not called valid. So a keyword that is not listed is really
/// checked.
#[test]
fn a_keyword_of_the_wrong_type_is_refused_or_not_checked() {
    let place = |keyword: &str| format!("/components/schemas/Wrong/{keyword}");
    let mut left_out = 0;
    for (keyword, _) in restricting() {
        for value in values() {
            let Some(schemas) = read(keyword, &value) else { continue };
            let problems = schemas.problems();
            // A list of items is read as `prefixItems`.
            let places = [place(keyword), place("prefixItems")];
            let places = if keyword == "items" { &places[..] } else { &places[..1] };
            let is_listed = problems
                .iter()
                .any(|problem| places.iter().any(|place| problem.pointer.starts_with(place)));
            let verdicts: Vec<Verdict> =
                [json!({"a": 1}), json!("a"), json!(1), json!([1]), json!(null)]
                    .iter()
                    .map(|part| judged(&schemas, &json!({ "part": part }), 1_000).0)
                    .collect();
            let is_whole = problems.iter().any(|problem| problem.pointer == place(keyword));
            if is_listed && !is_whole {
                // Only values with the part of this schema are not checked, and none if another
                // branch allows all, or if nothing follows from the schema.
                let allows_all =
                    keyword == "if" || keyword == "anyOf" && value.get(1) == Some(&json!({}));
                assert!(
                    allows_all || verdicts.contains(&Verdict::Unsaid(Unsaid::Unreadable)),
                    "{keyword}: {value} is {verdicts:?}"
                );
            } else if is_listed {
                left_out += 1;
                assert!(!verdicts.contains(&Verdict::Valid), "{keyword}: {value} is {verdicts:?}");
                assert!(
                    verdicts.contains(&Verdict::Unsaid(Unsaid::Unreadable)),
                    "{keyword}: {value} is {verdicts:?}"
                );
                // Values without this part are checked.
                assert_eq!(
                    judged(&schemas, &json!({}), 1_000).0,
                    Verdict::Valid,
                    "{keyword}: {value}"
                );
                assert!(
                    matches!(judged(&schemas, &json!(1), 1_000).0, Verdict::Invalid(_)),
                    "{keyword}: {value}"
                );
            } else {
                assert!(
                    !verdicts.contains(&Verdict::Unsaid(Unsaid::Unreadable)),
                    "{keyword}: {value} is {verdicts:?}"
                );
                assert!(problems.is_empty(), "{keyword}: {value}: {problems:?}");
            }
        }
    }
    assert!(left_out > 100, "{left_out}");
}

#[test]
fn a_keyword_of_the_right_type_is_checked() {
    for (keyword, value) in restricting() {
        let schemas = read(keyword, &value).unwrap_or_else(|| panic!("{keyword}: {value}"));
        assert!(schemas.problems().is_empty(), "{keyword}");
        for part in [json!({"a": 1}), json!("a"), json!(1), json!([1])] {
            assert_ne!(
                judged(&schemas, &json!({ "part": part }), 1_000).0,
                Verdict::Unsaid(Unsaid::Unreadable),
                "{keyword}: {part}"
            );
        }
    }
}

#[test]
fn these_keywords_of_the_wrong_type_are_listed() {
    let wrong = [
        ("type", json!([])),
        ("pattern", json!({})),
        ("format", json!([])),
        ("uniqueItems", json!("x")),
        ("minimum", json!("x")),
        ("maximum", json!([])),
        ("multipleOf", json!(0)),
        ("exclusiveMinimum", json!("x")),
        ("exclusiveMaximum", json!({})),
        ("minLength", json!(-1)),
        ("maxLength", json!(0.5)),
        ("minItems", json!("x")),
        ("maxItems", json!(true)),
        ("minContains", json!("x")),
        ("maxContains", json!([])),
        ("minProperties", json!({})),
        ("maxProperties", json!("x")),
        ("required", json!(true)),
        ("required", json!(["a", {}])),
        ("enum", json!("x")),
        ("dependentRequired", json!([])),
        ("dependentRequired", json!({"a": 5})),
    ];
    for (keyword, value) in wrong {
        let schemas =
            read(keyword, &value).unwrap_or_else(|| panic!("{keyword}: {value} is refused"));
        let places: Vec<String> =
            schemas.problems().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(places, [format!("/components/schemas/Wrong/{keyword}")], "{value}");
    }
}

#[test]
fn definitions_with_keywords_of_the_wrong_type_are_listed() {
    let wrong = json!({"type": "string", "required": true});
    let schemas = json!({"S": {"$defs": {"a": wrong}, "properties": {"b": {"definitions": {"c": {"pattern": "(?<"}}}}}});
    let mut places: Vec<String> = Schemas::of_responses(spec_of(schemas))
        .problems()
        .into_iter()
        .map(|problem| problem.pointer)
        .collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/components/schemas/S/$defs/a/required",
            "/components/schemas/S/properties/b/definitions/c/pattern"
        ]
    );
}
