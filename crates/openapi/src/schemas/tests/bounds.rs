//! The maximum cost of a check. Steps are counted, because the duration of a test is unreliable.

use serde_json::{Value, json};

use super::super::{Budget, Schemas, Unsaid, Verdict, with_budget};
use super::{judged, on_a_large_stack, spec_of};

/// Steps for a body of 1 KiB: some milliseconds.
const FEW: u64 = 60_000;

fn nested(depth: usize, inner: Value, around: impl Fn(Value) -> Value) -> Value {
    (0..depth).fold(inner, |value, _| around(value))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Schemas that refer to themselves, by each keyword that allows it.
fn recursive() -> Vec<(&'static str, Value)> {
    let s = || reference("S");
    let object =
        |field: Value| json!({"type": "object", "required": ["a"], "properties": {"a": field}});
    let with = |other: &str| json!({"required": ["a", other], "properties": {"a": s()}});
    let nil = || json!({"type": "null"});
    let next = || json!({"$dynamicRef": "#node"});
    vec![
        (
            "oneOf",
            json!({"oneOf": [object(s()), {"type": "object", "minProperties": 1, "required": ["a"], "properties": {"a": s()}}, nil()]}),
        ),
        ("anyOf", json!({"anyOf": [object(s()), with("b"), with("c"), nil()]})),
        (
            "allOf",
            json!({"allOf": [{"oneOf": [object(s()), nil()]}, {"oneOf": [object(s()), nil()]}]}),
        ),
        (
            "not",
            json!({"not": {"not": {"anyOf": [object(s()), {"not": {"not": object(s())}}, nil()]}}}),
        ),
        (
            "if",
            json!({"if": object(s()), "then": object(s()), "else": {"if": object(s()), "then": true, "else": nil()}}),
        ),
        (
            "dependentSchemas",
            json!({"dependentSchemas": {"a": object(s()), "b": object(s())}, "anyOf": [object(s()), nil()]}),
        ),
        (
            "unevaluatedProperties",
            json!({"anyOf": [object(s()), object(s()), nil()], "unevaluatedProperties": false}),
        ),
        (
            "unevaluatedItems",
            json!({"anyOf": [{"prefixItems": [s()], "type": "array"}, {"contains": s()}, nil()], "unevaluatedItems": false}),
        ),
        (
            "contains",
            json!({"anyOf": [{"contains": s(), "type": "array"}, {"contains": s(), "minContains": 2}, nil()]}),
        ),
        (
            "patternProperties",
            json!({"patternProperties": {"^a": s(), "a$": s()}, "anyOf": [{"patternProperties": {".": s()}, "type": "object"}, nil()]}),
        ),
        (
            "$dynamicRef",
            json!({"$dynamicAnchor": "node", "anyOf": [object(next()), {"required": ["b"], "properties": {"a": next()}}, nil()]}),
        ),
        (
            "propertyNames",
            json!({"propertyNames": reference("Doubling0"), "anyOf": [object(s()), nil()]}),
        ),
    ]
}

/// `Doubling0` refers twice to `Doubling1`, and so on: exponential without remembered results.
fn with_doubling(schema: Value) -> Value {
    let mut schemas = json!({ "S": schema });
    for number in 0..40 {
        let next = reference(&format!("Doubling{}", number + 1));
        schemas[format!("Doubling{number}")] = json!({"allOf": [next, {"anyOf": [next, next]}]});
    }
    schemas["Doubling40"] = json!({ "type": "string" });
    schemas
}

#[test]
fn a_recursive_schema_costs_little_whatever_is_nested_in_it() {
    on_a_large_stack(|| {
        for (keyword, schema) in recursive() {
            for direction in [Schemas::of_responses, Schemas::of_requests] {
                let schemas = direction(spec_of(with_doubling(schema.clone())));
                for depth in [1, 10, 16, 30, 60, 120] {
                    for value in [
                        nested(depth, json!(1), |inner| json!({ "a": inner })),
                        nested(depth, json!(null), |inner| json!({ "a": inner })),
                        nested(depth, json!(1), |inner| json!([inner])),
                        nested(depth / 2, json!("x"), |inner| json!([{"a": inner}, 1])),
                    ] {
                        let (verdict, steps) = judged(&schemas, &value, value.to_string().len());
                        assert!(steps < FEW, "{keyword} {depth}: {steps} steps for {value}");
                        assert_ne!(
                            verdict,
                            Verdict::Unsaid(Unsaid::OverBudget),
                            "{keyword} {depth}: {value}"
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn a_filter_language_is_judged_at_any_depth() {
    on_a_large_stack(|| {
        let args = json!({"type": "array", "items": reference("S")});
        let branch = |op: &str| json!({"type": "object", "required": ["op", "args"], "properties": {"op": {"const": op}, "args": args}});
        let eq = json!({"op": {"const": "eq"}, "field": {"type": "string"}, "value": {}});
        let eq = json!({"type": "object", "required": ["op", "field", "value"], "properties": eq});
        let schemas = Schemas::of_requests(spec_of(
            json!({"S": {"oneOf": [branch("and"), branch("or"), branch("not"), eq]}}),
        ));
        for depth in [1, 10, 30, 60] {
            let nest = |op: &str, inner: Value| {
                nested(depth, inner, |inner| json!({"op": op, "args": [inner]}))
            };
            let leaf = json!({"op": "eq", "field": "a", "value": 1});
            assert_eq!(
                judged(&schemas, &nest("and", leaf.clone()), 500).0,
                Verdict::Valid,
                "{depth}"
            );
            for wrong in
                [nest("zz", leaf.clone()), nest("and", json!(1)), nest("or", json!({"op": "eq"}))]
            {
                let (verdict, steps) = judged(&schemas, &wrong, 500);
                assert!(matches!(verdict, Verdict::Invalid(_)), "{depth}: {verdict:?}");
                assert!(steps < 5_000, "{depth}: {steps}");
            }
        }
    });
}

#[test]
fn references_that_double_cost_their_number() {
    let schemas = Schemas::of_responses(spec_of(with_doubling(reference("Doubling0"))));
    for value in [json!("x"), json!(1)] {
        let (verdict, steps) = judged(&schemas, &value, 10);
        assert_ne!(verdict, Verdict::Unsaid(Unsaid::OverBudget));
        assert!(steps < 1_000, "{steps}");
    }
}

#[test]
fn what_costs_too_much_is_not_judged_and_stops_at_its_budget() {
    let wide: Vec<Value> =
        (0..400).map(|number| json!({"properties": {"a": {"minimum": number}}, "required": [format!("x{number}")]})).collect();
    let schemas =
        Schemas::of_responses(spec_of(json!({"S": {"type": "array", "items": {"oneOf": wide}}})));
    // All of them match the first branch, so the second item is not checked. Each must match
    // exactly one.
    let mut items = vec![json!({"a": 500, "x0": 1}); 1_000];
    items.push(json!({"a": 500}));
    let (verdict, steps) = judged(&schemas, &Value::from(items), 10);
    assert_eq!(verdict, Verdict::Unsaid(Unsaid::OverBudget));
    assert!(steps < FEW, "{steps}");
}

#[test]
fn a_deep_chain_of_references_ends_before_the_stack_does() {
    on_a_large_stack(|| {
        let mut schemas = json!({ "S": {"allOf": [reference("R0")]} });
        for number in 0..20_000 {
            schemas[format!("R{number}")] =
                json!({ "allOf": [reference(&format!("R{}", number + 1))] });
        }
        schemas["R20000"] = json!(true);
        let schemas = Schemas::of_responses(spec_of(schemas));
        assert_eq!(judged(&schemas, &json!(1), 10).0, Verdict::Unsaid(Unsaid::OverBudget));
    });
}

#[test]
fn a_check_on_a_small_stack_is_less_deep() {
    let schemas = Schemas::of_responses(spec_of(
        json!({"S": {"items": reference("S"), "allOf": [{"allOf": [{"type": "array"}]}]}}),
    ));
    let deep = nested(120, json!([]), |inner| json!([inner]));
    assert!(schemas.accepts(&reference("S"), &deep));
    let (shallow, found) = with_budget(Budget::inline(), || {
        (schemas.verdict(&reference("S"), &json!([[1]])), schemas.verdict(&reference("S"), &deep))
    });
    assert_eq!(found, Verdict::Unsaid(Unsaid::OverBudget));
    assert!(matches!(shallow, Verdict::Invalid(_)), "{shallow:?}");
}

#[test]
fn large_lists_and_numbers_cost_what_their_length_is() {
    let items: Vec<Value> =
        (0..50_000).map(|number| json!({"number": number, "e": 1e300})).collect();
    let schemas = Schemas::of_responses(spec_of(json!({"S": {"uniqueItems": true}})));
    let length = items.len() as u64;
    let (verdict, steps) = judged(&schemas, &Value::from(items), 50_000 * 20);
    assert_eq!(verdict, Verdict::Valid);
    assert!(steps < 10 * length, "{steps}");
    let steps_of_number =
        Schemas::of_responses(spec_of(json!({"S": {"items": {"multipleOf": 1e-300}}})));
    assert_eq!(judged(&steps_of_number, &json!([1e300, 1, 3]), 10).0, Verdict::Valid);
    let many: Vec<String> = (0..100_000).map(|number| format!("value-{number}")).collect();
    let schemas = Schemas::of_responses(spec_of(json!({"S": {"items": {"enum": many}}})));
    let (verdict, steps) = judged(&schemas, &json!(vec!["value-99999"; 100]), 1_000);
    assert_eq!(verdict, Verdict::Valid);
    assert!(steps < 1_000, "{steps}");
}

#[test]
fn many_questions_of_one_task_share_its_budget() {
    let wide: Vec<Value> =
        (0..200).map(|number| json!({"required": [format!("x{number}")]})).collect();
    let schemas =
        Schemas::of_responses(spec_of(json!({"S": {"type": "array", "items": {"oneOf": wide}}})));
    let value = Value::from(vec![json!({}); 2]);
    let verdicts: Vec<Verdict> = with_budget(Budget::of_bytes(1_000), || {
        (0..500).map(|_| schemas.verdict(&reference("S"), &value)).collect()
    });
    assert!(matches!(verdicts.first(), Some(Verdict::Invalid(_))), "{:?}", verdicts.first());
    assert_eq!(verdicts.last(), Some(&Verdict::Unsaid(Unsaid::OverBudget)));
}

#[test]
fn an_async_worker_compiles_no_schema_and_gives_no_answer_that_depends_on_one() {
    let schemas = Schemas::of_responses(spec_of(
        json!({"S": {"type": "integer"}, "Other": {"type": "string"}}),
    ));
    // The second result is known and the first is not. But the second check may be caused by what
    // was assumed about the first one.
    assert!(!schemas.accepts(&reference("Other"), &json!(1)));
    let (assumed, verdict) = with_budget(Budget::inline(), || {
        (
            schemas.accepts(&reference("S"), &json!("x")),
            schemas.verdict(&reference("Other"), &json!(1)),
        )
    });
    assert!(assumed);
    assert_eq!(verdict, Verdict::Unsaid(Unsaid::OverBudget));
    assert!(!schemas.accepts(&reference("S"), &json!("x")));
    let known = with_budget(Budget::inline(), || schemas.verdict(&reference("S"), &json!("x")));
    assert!(matches!(known, Verdict::Invalid(_)), "{known:?}");
}

#[test]
fn a_pattern_that_takes_too_long_for_a_text_exceeds_the_budget_and_is_not_unreadable() {
    let pattern = r"^(?=(a|a)*b)(\w+\s?)*\1$";
    let schemas =
        Schemas::of_responses(spec_of(json!({"S": {"type": "string", "pattern": pattern}})));
    let hostile = json!(format!("{}!", "a".repeat(60)));
    assert_eq!(judged(&schemas, &hostile, 64).0, Verdict::Unsaid(Unsaid::OverBudget));
    assert!(schemas.problems().is_empty(), "the pattern itself can be read");
}
