//! Compares results with those of another implementation, which is unbounded but well tested.

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Budget, Schemas, Verdict};
use super::spec_of;

fn schemas() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        (-3..4_i32).prop_map(Value::from),
        Just(json!(0.5)),
        Just(json!(2.0)),
        Just(json!(u64::MAX))
    ];
    let component = || {
        proptest::sample::select(vec!["S", "A", "B"])
            .prop_map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }))
    };
    let leaf = prop_oneof![
        proptest::sample::select(vec![
            json!(true),
            json!(false),
            json!({}),
            json!({"type": ["string", "null", "integer"]}),
            json!({"uniqueItems": true}),
            json!({"pattern": "^a+b?$"}),
            json!({"pattern": "^(?!ab)a"}),
            json!({"format": "date"}),
            json!({"required": ["a"]}),
            json!({"required": ["a", "b"]}),
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"multipleOf": 2}),
            json!({"multipleOf": 0.1}),
        ]),
        proptest::sample::select(vec!["null", "boolean", "integer", "number", "string", "array", "object"])
            .prop_map(|kind| json!({ "type": kind })),
        (proptest::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), number)
            .prop_map(|(keyword, limit)| json!({ keyword: limit })),
        (proptest::sample::select(vec!["Length", "Items", "Properties"]), 0..3_u32, 0..3_u32)
            .prop_map(|(of, least, more)| json!({format!("min{of}"): least, format!("max{of}"): least + more})),
        values().prop_map(|value| json!({ "const": value })),
        proptest::collection::vec(values(), 1..3).prop_map(|values| json!({ "enum": values })),
        component().prop_map(|other| json!({"properties": {"a": other}})),
        component().prop_map(|other| json!({ "items": other })),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let list = proptest::collection::vec(inner.clone(), 1..4);
        let named = proptest::collection::btree_map("[ab]|enum", inner.clone(), 0..3);
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (proptest::sample::select(vec!["allOf", "anyOf", "oneOf"]), list.clone())
                .prop_map(|(keyword, parts)| json!({ keyword: parts })),
            list.clone().prop_map(|parts| json!({"prefixItems": parts, "items": false})),
            (list, inner.clone()).prop_map(|(parts, others)| json!({"prefixItems": parts, "unevaluatedItems": others})),
            (proptest::sample::select(vec!["not", "items", "propertyNames"]), inner.clone())
                .prop_map(|(keyword, part)| json!({ keyword: part })),
            three.clone().prop_map(|(one, two, three)| json!({"if": one, "then": two, "else": three})),
            (proptest::sample::select(vec!["properties", "dependentSchemas"]), named.clone())
                .prop_map(|(keyword, named)| json!({ keyword: named })),
            (named.clone(), inner.clone()).prop_map(|(named, others)| json!({"properties": named, "additionalProperties": others})),
            (named, inner.clone(), inner.clone())
                .prop_map(|(named, part, others)| json!({"allOf": [part], "properties": named, "unevaluatedProperties": others})),
            three.prop_map(|(one, two, others)| json!({"anyOf": [one, two], "unevaluatedProperties": others, "unevaluatedItems": others})),
            inner.clone().prop_map(|part| json!({"patternProperties": {"^a": part}, "additionalProperties": false})),
            (inner.clone(), 0..2_u32, 1..3_u32)
                .prop_map(|(part, least, most)| json!({"contains": part, "minContains": least, "maxContains": most})),
            inner.prop_map(|part| json!({"contains": part, "unevaluatedItems": false})),
        ]
    })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        proptest::sample::select(vec![
            json!(null),
            json!(true),
            json!(false),
            json!(0.5),
            json!(1.0),
            json!(0.3),
            json!(u64::MAX),
            json!(-0.0)
        ]),
        (-3..4_i32).prop_map(Value::from),
        proptest::sample::select(vec!["", "a", "b", "aab", "abc", "2024-02-29", "é"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[ab]|enum|ab", inner, 0..4)
                .prop_map(|fields| json!(fields)),
        ]
    })
}

/// The result of the other implementation. `None` if it cannot compile the schema.
fn expected(root: &Value, values: &[Value]) -> Option<Vec<bool>> {
    let schema = json!({"$ref": "https://document.invalid/#/components/schemas/S"});
    let resource = Draft::Draft202012.create_resource_ref(root);
    let registry = jsonschema::Registry::new()
        .draft(Draft::Draft202012)
        .add("https://document.invalid/", resource)
        .ok()?
        .prepare()
        .ok()?;
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .should_validate_formats(true);
    let options = options.with_pattern_options(PatternOptions::fancy_regex());
    let validator = options.with_registry(&registry).build(&schema).ok()?;
    Some(values.iter().map(|value| validator.is_valid(value)).collect())
}

proptest! {
    #![proptest_config(crate::fuzz::config(1_500))]

    /// References pass through a property or an item, because implementations disagree about
    /// schemas that refer back to themselves for the same value.
    #[test]
    fn verdicts_are_those_of_another_implementation(
        s in schemas(), a in schemas(), b in schemas(), values in proptest::collection::vec(values(), 6)
    ) {
        let spec = spec_of(json!({"S": s, "A": a, "B": b}));
        let own = Schemas::of_responses(Arc::clone(&spec));
        let Some(expected) = expected(own.root(), &values) else { return Err(TestCaseError::reject("cannot be compiled")) };
        for (value, expected) in values.iter().zip(expected) {
            let mut budget = Budget::of_bytes(100_000);
            let verdict = own.verdict_within(&json!({"$ref": "#/components/schemas/S"}), value, &mut budget);
            let agrees = match &verdict {
                Verdict::Valid => expected,
                Verdict::Invalid(findings) => !expected && !findings.is_empty(),
                Verdict::Unsaid(_) => false,
            };
            prop_assert!(agrees, "{} is {} by {}: {:?}", value, expected, own.root(), verdict);
        }
    }
}
