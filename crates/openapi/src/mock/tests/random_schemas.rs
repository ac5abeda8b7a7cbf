use proptest::prelude::*;
use serde_json::{Value, json};

use super::{faults, schemas_of};
use crate::mock::Seed;
use crate::mock::generate::generate;

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-50..50_i32, 0..60_i32).prop_map(|(low, span)| json!({"type": "integer", "minimum": low, "maximum": low + span})),
        (1..20_i32).prop_map(|step| json!({"type": "integer", "multipleOf": step, "minimum": step})),
        (-50..50_i32).prop_map(|low| json!({"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": f64::from(low) + 0.3})),
        (0..30_u32, 0..30_u32).prop_map(|(least, more)| json!({"type": "string", "minLength": least, "maxLength": least + more})),
        "[a-z]{1,3}(\\[[0-9]{1,2}\\])?"
            .prop_map(|text| json!({"type": "string", "pattern": format!("^{}$", text.replace(['[', ']'], "x"))})),
        Just(json!({"type": ["boolean", "null"]})),
        Just(json!({"enum": ["a", 1, null, [1]]})),
        Just(json!({"const": {"a": [1]}})),
        Just(json!({"type": "string", "format": "date-time", "example": "wrong"})),
    ]
}

fn all() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 24, 4, |inner| {
        let named = proptest::collection::btree_map("[a-d]|email|id", inner.clone(), 0..4);
        prop_oneof![
            (named, any::<bool>(), any::<bool>()).prop_map(|(fields, is_required, is_open)| {
                let required: Vec<&String> = if is_required { fields.keys().collect() } else { Vec::new() };
                json!({"type": "object", "required": required, "properties": &fields, "additionalProperties": is_open})
            }),
            (inner.clone(), 0..3_u32).prop_map(|(items, least)| json!({"type": "array", "items": items, "minItems": least})),
            proptest::collection::vec(inner.clone(), 1..3).prop_map(|branches| json!({"anyOf": branches})),
            inner.clone().prop_map(|part| json!({"allOf": [part, {"description": "more"}]})),
            (inner.clone(), inner.clone())
                .prop_map(|(one, other)| json!({"oneOf": [one, {"type": "object", "required": ["zz"], "properties": {"zz": other}}]})),
            inner.prop_map(|part| json!({"anyOf": [{"type": "null"}, part]})),
        ]
    })
}

proptest! {
    #![proptest_config(crate::fuzz::config(400))]

    /// All of these schemas have a valid value, except that a `oneOf` may accept no value exactly
    /// once.
    #[test]
    fn what_is_made_is_valid(schema in all(), number in any::<u64>()) {
        let schemas = schemas_of(json!({"S": &schema}));
        let schema = json!({"$ref": "#/components/schemas/S"});
        let made = generate(&schemas, &schema, Seed::of(&[&number.to_le_bytes()]));
        prop_assert!(made.is_some(), "nothing made");
        let made = made.unwrap_or_default();
        prop_assert_eq!(faults(&schemas, &schema, &made), Vec::<String>::new());
    }

    #[test]
    fn any_schema_at_all_is_survived(schema in any_json(), number in any::<u64>()) {
        let schemas = schemas_of(json!({}));
        if let Some(made) = generate(&schemas, &schema, Seed::of(&[&number.to_le_bytes()])) {
            prop_assert!(schemas.accepts(&schema, &made));
        }
    }
}

/// JSON that consists of the words of schemas in random order.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..6_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec![
            "string",
            "object",
            "array",
            "integer",
            "null",
            "#",
            "#/components",
            "a",
            "^a+$",
            "[",
            "uuid",
            "date"
        ])
        .prop_map(Value::from),
    ];
    let words = proptest::sample::select(vec![
        "type",
        "properties",
        "required",
        "items",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "enum",
        "const",
        "allOf",
        "oneOf",
        "anyOf",
        "not",
        "if",
        "then",
        "else",
        "$ref",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "contains",
        "prefixItems",
        "uniqueItems",
        "example",
        "default",
        "discriminator",
    ]);
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((words.clone(), inner), 0..4).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}
