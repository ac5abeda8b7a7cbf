//! `$ref`s between random schemas: chains, circles and missing targets end, and a reference that is
//! followed leads to the value that its pointer names.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::config;
use crate::spec::{Spec, pointer_of, resolve};

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E~/", "ü %"];

/// A reference to one of the schemas, to a part of one, or to nothing.
fn reference() -> impl Strategy<Value = Value> {
    let suffix = proptest::sample::select(vec!["", "", "/properties/x", "/items", "/none"]);
    (proptest::sample::select(NAMES.to_vec()), suffix).prop_map(|(name, suffix)| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let name = name.replace('%', "%25").replace(' ', "%20");
        json!({ "$ref": format!("#/components/schemas/{name}{suffix}") })
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![3 => reference(), 1 => Just(json!({"type": "string"}))];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| json!({"properties": {"x": part}})),
            inner.clone().prop_map(|part| json!({ "items": part })),
            (inner.clone(), inner).prop_map(|(one, other)| json!({"allOf": [one, other]})),
        ]
    })
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn references_lead_to_their_target_or_the_document_is_refused(
        schemas in proptest::collection::vec(schema(), NAMES.len())
    ) {
        let schemas: serde_json::Map<String, Value> =
            NAMES.iter().map(|name| (*name).to_owned()).zip(schemas).collect();
        let root = json!({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {},
            "components": {"schemas": schemas}});
        let Ok(spec) = Spec::from_value(root.clone()) else { return Ok(()) };
        for name in NAMES {
            let schema = &spec.root["components"]["schemas"][name];
            let resolved = spec.resolve(schema);
            prop_assert!(resolved.is_some_and(|target| target.get("$ref").is_none()), "{}", schema);
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                let target = pointer_of(reference).and_then(|at| spec.root.pointer(&at).cloned());
                prop_assert_eq!(target.as_ref().and_then(|at| resolve(&spec.root, at)), resolved);
            }
        }
    }

    #[test]
    fn any_reference_has_a_pointer_or_none(text in "#?[/~%0-9a-fA-F é]{0,12}") {
        let root = json!({"a": {"b": {"$ref": text}}});
        let _ = resolve(&root, &root["a"]["b"]);
        let _ = pointer_of(&text);
    }
}
