//! Requests that the API sends, described like operations.

use serde_json::Value;

use super::{Parts, extract_operation, parts};
use crate::spec::Operation;
use crate::spec::walk::{METHODS, join};

/// The requests of the path item at `pointer`, which is a webhook or in a callback. Empty if there
/// is none, or if they are too large.
pub fn sent(root: &Value, pointer: &str) -> Vec<Operation> {
    let Some(written) = root.pointer(pointer) else { return Vec::new() };
    let (item, at) = parts::follow(root, written, pointer);
    let parts = Parts::of(root);
    let operations = METHODS.iter().filter_map(|method| {
        let operation = item.get(method).filter(|operation| operation.is_object())?;
        let at = join(&at, method);
        // The path is an expression or empty: it has no template.
        Some(extract_operation(&parts, &method.to_ascii_uppercase(), "", item, operation, &at))
    });
    let operations: Vec<Operation> = operations.collect();
    if parts.are_too_many() { Vec::new() } else { operations }
}
