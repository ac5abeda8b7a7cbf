mod bounds;
mod circles;
mod keywords;
mod left_out;
mod oracle;
mod problems;
mod suite;
mod suite_differences;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Budget, Schemas, Verdict};
use crate::spec::Spec;

pub fn spec_of(schemas: Value) -> Arc<Spec> {
    let document = json!({ "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "paths": {}, "components": { "schemas": schemas } });
    Arc::new(Spec::from_value(document).unwrap_or_else(|faults| panic!("{faults:?}")))
}

/// The result for `value` with the schema `S` of `schemas`, and the number of steps.
fn judged(schemas: &Schemas, value: &Value, bytes: usize) -> (Verdict, u64) {
    let mut budget = Budget::of_bytes(bytes);
    let verdict =
        schemas.verdict_within(&json!({ "$ref": "#/components/schemas/S" }), value, &mut budget);
    (verdict, budget.spent())
}

/// Runs a test with the stack of a real check.
fn on_a_large_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(crate::schemas::STACK)
        .spawn(test)
        .expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
