//! What the mock generates is valid by our validator and by an independent one, and a changed value
//! that the independent one refuses is refused by ours.

use std::sync::Arc;

use jsonschema::Draft;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{config, pointers};
use crate::mock::Seed;
use crate::mock::generate::generate;
use crate::schemas::{Schemas, Verdict};
use crate::spec::Spec;

/// Schemas as authors of APIs write them.
fn schema() -> impl Strategy<Value = Value> {
    let formats = vec!["date", "date-time", "uuid", "email", "uri", "ipv4", "hostname"];
    let leaf = prop_oneof![
        proptest::sample::select(formats)
            .prop_map(|name| json!({"type": "string", "format": name})),
        (0..9_u32, 0..9_u32).prop_map(
            |(least, more)| json!({"type": "string", "minLength": least, "maxLength": least + more})
        ),
        (-9..9_i32, 0..9_i32).prop_map(
            |(least, more)| json!({"type": "integer", "minimum": least, "maximum": least + more})
        ),
        (1..9_i32).prop_map(|step| json!({"type": "integer", "multipleOf": step})),
        Just(json!({"type": ["boolean", "null"]})),
        Just(json!({"type": "string", "pattern": "^[A-Z]{2}[0-9]{2,4}$"})),
        Just(json!({"enum": ["a", "b", 3]})),
        Just(json!({"$ref": "#/components/schemas/Named"})),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let fields = proptest::collection::btree_map("[a-d]", inner.clone(), 1..4);
        prop_oneof![
            (fields.clone(), any::<bool>(), any::<bool>()).prop_map(|(fields, all, open)| {
                let required: Vec<&String> = if all { fields.keys().collect() } else { Vec::new() };
                json!({"type": "object", "required": required, "properties": &fields,
                    "additionalProperties": open})
            }),
            (inner.clone(), 0..3_u32, any::<bool>()).prop_map(|(items, least, unique)| {
                let unique = unique && least < 2;
                json!({"type": "array", "items": items, "minItems": least, "uniqueItems": unique})
            }),
            (fields.clone(), fields).prop_map(|(one, other)| json!({"allOf": [
                {"type": "object", "properties": one},
                {"type": "object", "properties": {"own": {"type": "object", "properties": other}}}
            ]})),
            proptest::collection::vec(inner, 1..4).prop_map(|parts| json!({ "anyOf": parts })),
        ]
    })
}

/// The number of the changed value, and its new value. `None` removes it.
fn change() -> impl Strategy<Value = (usize, Option<Value>)> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-100..100_i64).prop_map(Value::from),
        Just(json!(0.5)),
        "[a-zA-Z0-9]{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"unknown": 1})),
    ];
    (any::<usize>(), proptest::option::weighted(0.8, value))
}

fn changed(mut value: Value, (number, new): (usize, Option<Value>)) -> Value {
    let all = pointers(&value);
    let pointer = &all[number % all.len()];
    match (new, pointer.rsplit_once('/')) {
        (Some(new), _) => {
            if let Some(at) = value.pointer_mut(pointer) {
                *at = new;
            }
        }
        (None, Some((parent, name))) => match value.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.shift_remove(name);
            }
            Some(Value::Array(items)) => {
                items.pop();
            }
            _ => {}
        },
        (None, None) => {}
    }
    value
}

/// The other implementation, for the schema `S` of the document.
fn oracle(root: &Value) -> jsonschema::Validator {
    let resource = Draft::Draft202012.create_resource_ref(root);
    let registry = jsonschema::Registry::new()
        .draft(Draft::Draft202012)
        .add("https://document.invalid/", resource)
        .expect("a document")
        .prepare()
        .expect("a document");
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .should_validate_formats(true);
    options
        .with_registry(&registry)
        .build(&json!({"$ref": "https://document.invalid/#/components/schemas/S"}))
        .expect("a schema")
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn generated_values_are_valid_and_both_validators_agree_on_changed_ones(
        schema in schema(), seed in any::<u64>(), changes in proptest::collection::vec(change(), 4)
    ) {
        let named = json!({"type": "object", "required": ["id"],
            "properties": {"id": {"type": "integer"}}});
        let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {},
            "components": {"schemas": {"S": schema, "Named": named}}});
        let spec = Arc::new(Spec::from_value(root).expect("a document"));
        let schemas = Schemas::of_responses(Arc::clone(&spec));
        let oracle = oracle(&spec.root);
        let reference = json!({"$ref": "#/components/schemas/S"});
        let made = generate(&schemas, &reference, Seed::of(&[&seed.to_le_bytes()]));
        prop_assert!(made.is_some(), "nothing is generated for {}", spec.root);
        let made = made.unwrap_or_default();
        prop_assert!(oracle.is_valid(&made), "{} is not valid by {}", made, spec.root);
        prop_assert_eq!(schemas.verdict(&reference, &made), Verdict::Valid);
        for change in changes {
            let value = changed(made.clone(), change);
            let verdict = schemas.verdict(&reference, &value);
            let expected = oracle.is_valid(&value);
            prop_assert_eq!(verdict == Verdict::Valid, expected, "{}: {:?}", value, verdict);
        }
    }
}
