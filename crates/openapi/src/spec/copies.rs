//! Bounds copies of parts of a document, so that a small document cannot fill the memory.

use std::cell::Cell;

use serde_json::Value;

/// How many values may still be copied. `None` as soon as it was too little.
#[derive(Debug)]
pub struct Copies(Cell<Option<usize>>);

impl Copies {
    pub fn of(values: usize) -> Self {
        Self(Cell::new(Some(values)))
    }

    /// `null` if it is too large.
    pub fn copy(&self, value: &Value) -> Value {
        self.0.set(self.0.get().and_then(|left| left.checked_sub(values_in(value))));
        if self.are_too_many() { Value::Null } else { value.clone() }
    }

    /// Whether a part was left out.
    pub fn are_too_many(&self) -> bool {
        self.0.get().is_none()
    }
}

/// The number of values in a value, with itself.
fn values_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values_in).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(values_in).sum::<usize>(),
        _ => 1,
    }
}
