//! Schemas that refer to themselves for the same value. Such a reference allows nothing by itself.

use serde_json::{Value, json};

use super::super::{Schemas, Unsaid, Verdict};
use super::{judged, spec_of};

#[derive(Debug, PartialEq)]
enum Expected {
    Right,
    Wrong,
    Unknown,
}

use Expected::{Right, Unknown, Wrong};

fn found(schemas: &Schemas, value: &Value) -> Expected {
    match judged(schemas, value, 1_000).0 {
        Verdict::Valid => Right,
        Verdict::Invalid(_) => Wrong,
        Verdict::Unsaid(Unsaid::Unreadable) => Unknown,
        Verdict::Unsaid(Unsaid::OverBudget) => panic!("over budget: {value}"),
    }
}

/// Results for `"text"`, `1` and `{"a": 1}`.
#[test]
fn a_schema_that_refers_to_itself_for_the_same_value_does_not_accept_everything() {
    let s = || json!({"$ref": "#/components/schemas/S"});
    let t = || json!({"$ref": "#/components/schemas/T"});
    let text = || json!({"type": "string"});
    let own = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let cases = [
        // Only another name of the schema: the other branches decide.
        (json!({"S": {"anyOf": [s(), text()]}}), [Right, Wrong, Wrong]),
        (json!({"S": {"oneOf": [text(), s()]}}), [Right, Wrong, Wrong]),
        (
            json!({"S": {"anyOf": [{"allOf": [s()], "description": "again"}, text()]}}),
            [Right, Wrong, Wrong],
        ),
        (json!({"S": {"anyOf": [t(), text()]}, "T": s()}), [Right, Wrong, Wrong]),
        (json!({"S": {"minLength": 5, "anyOf": [s(), text()]}}), [Wrong, Wrong, Wrong]),
        (
            json!({"S": {"dependentSchemas": {"a": s(), "b": false}, "type": "object"}}),
            [Wrong, Wrong, Right],
        ),
        // It is unknown what is meant, but not whether other keywords are violated.
        (json!({"S": {"anyOf": [s()]}}), [Unknown, Unknown, Unknown]),
        (json!({"S": {"type": "string", "anyOf": [s()]}}), [Unknown, Wrong, Wrong]),
        (
            json!({"S": {"anyOf": [{"allOf": [s(), {"minLength": 3}]}, text()]}}),
            [Unknown, Unknown, Unknown],
        ),
        (
            json!({"S": {"anyOf": [t(), text()]}, "T": {"anyOf": [s(), {"type": "integer"}]}}),
            [Unknown, Unknown, Unknown],
        ),
        (json!({"S": {"anyOf": [{"not": s()}, text()]}}), [Unknown, Unknown, Unknown]),
        (json!({"S": {"if": true, "then": {"anyOf": [s(), text()]}}}), [Unknown, Unknown, Unknown]),
        (
            json!({"S": {"type": "object", "dependentSchemas": {"a": {"allOf": [s(), {"required": ["b"]}]}, "z": false}}}),
            [Wrong, Wrong, Unknown],
        ),
        // By a dynamic reference.
        (
            json!({"S": {"$dynamicAnchor": "node", "anyOf": [{"$dynamicRef": "#node"}, text()]}}),
            [Right, Unknown, Unknown],
        ),
        (
            json!({"S": {"$dynamicAnchor": "node", "allOf": [{"$dynamicRef": "#node"}], "type": "string"}}),
            [Unknown, Wrong, Wrong],
        ),
        // A base that describes itself lists its subtypes.
        (
            json!({"S": {"required": ["a"], "type": "object", "oneOf": [own("Cat"), own("Dog")]},
                "Cat": {"allOf": [s(), {"required": ["cat"]}]}, "Dog": {"allOf": [s(), {"required": ["dog"]}]}}),
            [Wrong, Wrong, Right],
        ),
        // A base that only lists its subtypes.
        (
            json!({"S": {"type": "object", "oneOf": [own("Cat")]}, "Cat": {"allOf": [s(), {"required": ["cat"]}]}}),
            [Wrong, Wrong, Unknown],
        ),
        // A subtype is its base with further conditions.
        (
            json!({"Base": {"required": ["a"], "oneOf": [s()]}, "S": {"type": "object", "allOf": [own("Base"), {"required": ["cat"]}]}}),
            [Wrong, Wrong, Wrong],
        ),
    ];
    for (schemas, expected) in cases {
        let spec = spec_of(schemas.clone());
        for direction in [Schemas::of_responses, Schemas::of_requests] {
            let read = direction(std::sync::Arc::clone(&spec));
            let found =
                [json!("text"), json!(1), json!({"a": 1})].map(|value| found(&read, &value));
            assert_eq!(found, expected, "{schemas}");
        }
    }
}

#[test]
fn a_choice_that_is_not_checked_is_listed_with_its_place() {
    let schemas = json!({"S": {"properties": {"a": {"anyOf": [{"$ref": "#/components/schemas/S/properties/a"}]}}}});
    let problems = Schemas::of_responses(spec_of(schemas)).problems();
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/components/schemas/S/properties/a/anyOf"]);
}
