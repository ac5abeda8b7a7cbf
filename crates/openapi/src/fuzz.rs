//! Property tests with random documents. `cargo test` runs few cases; `make fuzz` runs many.
//! Failing cases are stored in `proptest-regressions` and run first from then on.

mod agreement;
mod mutated;
mod reading;
mod references;

use proptest::prelude::*;
use serde_json::Value;

/// Cases per test unless `PROPTEST_CASES` is set: what proptest itself uses then.
const UNSET: u32 = 256;

/// `cases` is the number of cases in `cargo test`.
pub fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if default.cases == UNSET { cases } else { default.cases };
    ProptestConfig { cases, max_shrink_iters: 2_000, ..default }
}

/// A small document with all kinds of parts, as YAML.
const SMALL: &str = include_str!("fuzz/small.yaml");

/// Random JSON that often consists of words of OpenAPI.
fn json() -> impl Strategy<Value = Value> {
    let words = vec![
        "string",
        "object",
        "array",
        "integer",
        "null",
        "",
        "#",
        "#/paths",
        "#/components/schemas/A",
        "#/components/schemas/B",
        "query",
        "path",
        "deepObject",
        "application/json",
        "2XX",
        "(",
        "^a$",
        "date-time",
        "id",
        "{id}",
        "/a/{id}",
    ];
    let keys = vec![
        "type",
        "properties",
        "required",
        "items",
        "allOf",
        "oneOf",
        "anyOf",
        "not",
        "$ref",
        "enum",
        "pattern",
        "minimum",
        "maxLength",
        "discriminator",
        "propertyName",
        "mapping",
        "example",
        "default",
        "additionalProperties",
        "schema",
        "content",
        "application/json",
        "parameters",
        "name",
        "in",
        "style",
        "explode",
        "responses",
        "200",
        "default",
        "description",
        "get",
        "operationId",
        "nullable",
        "readOnly",
        "a",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..6_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(words).prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(keys.clone()), inner), 0..4)
                .prop_map(|fields| {
                    let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
                    Value::Object(fields.collect())
                }),
        ]
    })
}

/// The pointers of all values in `value`, in its order.
fn pointers(value: &Value) -> Vec<String> {
    fn visit(value: &Value, pointer: &str, found: &mut Vec<String>) {
        found.push(pointer.to_owned());
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, field)| visit(field, &crate::spec::join(pointer, name), found)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, item)| visit(item, &format!("{pointer}/{index}"), found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(value, "", &mut found);
    found
}
