//! The operations of a path item by method.

use std::borrow::Cow;

use serde_json::Value;

use super::walk::{METHODS, join};

/// An operation of a path item.
pub struct Declared<'a> {
    /// As sent: in upper case, unless the document writes it otherwise in `additionalOperations`.
    pub method: String,
    /// The pointer from the path item to the operation: `/get`.
    pub steps: String,
    pub operation: &'a Value,
    /// Whether it is next to the path item's reference, and not in the target.
    pub is_own: bool,
}

/// The operations of a path item that is written as `written` and refers to `item`, which may be
/// the same. Fields next to a reference take precedence over its target. In the order of
/// [`METHODS`].
pub fn declared<'a>(written: &'a Value, item: &'a Value) -> Vec<Declared<'a>> {
    let mut all: Vec<Declared> = Vec::new();
    for (owner, is_own) in [(written, true), (item, false)] {
        for (method, steps, operation) in operations(owner) {
            if operation.is_object() && !all.iter().any(|known| known.method == method) {
                all.push(Declared { method: method.into_owned(), steps, operation, is_own });
            }
        }
    }
    let rank = |declared: &Declared| {
        let field = declared.steps.strip_prefix('/');
        METHODS.iter().position(|method| field == Some(method)).unwrap_or(METHODS.len())
    };
    all.sort_by_key(rank);
    all
}

fn operations(item: &Value) -> impl Iterator<Item = (Cow<'_, str>, String, &Value)> {
    let of_fields = METHODS.into_iter().filter_map(|field| {
        Some((field.to_ascii_uppercase().into(), join("", field), item.get(field)?))
    });
    let others = item.get("additionalOperations").and_then(Value::as_object).into_iter().flatten();
    of_fields.chain(others.map(|(method, operation)| {
        (method.as_str().into(), join("/additionalOperations", method), operation)
    }))
}
