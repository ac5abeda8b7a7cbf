//! Converts the errors of values to field errors.

use serde_json::Value;
use tollgate_types::error::FieldError;

use super::{Found, MAX_FAULTS};
use crate::json::Step;
use crate::schemas::{Schemas, Verdict};

/// Checks `value`, which is at `place`.
pub fn check(schemas: &Schemas, schema: &Value, value: &Value, place: &str, found: &mut Found) {
    match schemas.verdict(schema, value) {
        Verdict::Valid => {}
        Verdict::Unsaid(why) => found.unsaid.push((place.to_owned(), why)),
        Verdict::Invalid(findings) => {
            for finding in findings {
                let fault =
                    FieldError::new(located(place, &finding.path), finding.code, finding.message);
                if found.faults.len() < MAX_FAULTS && !found.faults.contains(&fault) {
                    found.faults.push(fault);
                }
            }
        }
    }
}

/// `body` and `/lines/0/price` become `body.lines[0].price`.
pub fn located(place: &str, path: &[Step]) -> String {
    let mut location = place.to_owned();
    for step in path {
        match step {
            Step::Name(name) => location.extend([".", name]),
            Step::Index(index) => location.push_str(&format!("[{index}]")),
        }
    }
    location
}
