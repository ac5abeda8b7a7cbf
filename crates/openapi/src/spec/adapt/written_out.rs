//! `get: {$ref: …}`: OpenAPI has no references to operations, but tools write and follow them. Each
//! is replaced by the operation that it refers to.

use serde_json::{Map, Value};

use crate::spec::check::MAX_FAULTS;
use crate::spec::copies::Copies;
use crate::spec::model::{Fault, pointer_of, resolve};
use crate::spec::origins::Origins;
use crate::spec::read::MAX_VALUES;
use crate::spec::walk::{Kind, join, walk_all};

/// Returns a deviation for each reference that cannot be followed.
pub fn write_out(root: &mut Value, origins: &mut Origins) -> Vec<Fault> {
    let mut found = Vec::new();
    walk_all(root, &mut |kind, value, pointer| {
        if kind == Kind::Operation
            && let Some(reference) = value.get("$ref").and_then(Value::as_str)
        {
            found.push((pointer.to_owned(), reference.to_owned()));
        }
    });
    let mut faults = Vec::new();
    let copies = Copies::of(MAX_VALUES);
    for (pointer, reference) in found {
        let Some(operation) = target(root, &reference, &copies) else {
            if faults.len() < MAX_FAULTS {
                let shown: String = reference.chars().take(200).collect();
                let problem = if copies.are_too_many() {
                    "repeats too many large operations"
                } else {
                    "leads to no operation of this document"
                };
                let message = format!(
                    "`{shown}` {problem}; the operation has no parameters and responses; write the \
                     operation here"
                );
                faults.push(Fault::at(join(&pointer, "$ref"), message));
            }
            continue;
        };
        if let Some(written) = root.pointer_mut(&pointer) {
            let own = std::mem::take(written);
            *written = Value::Object(merged(own, operation));
            let target = origins.written(&pointer_of(&reference).unwrap_or_default());
            origins.made_of(pointer, target);
        }
    }
    faults
}

fn target(root: &Value, reference: &str, copies: &Copies) -> Option<Map<String, Value>> {
    let pointer = pointer_of(reference).filter(|pointer| !pointer.is_empty())?;
    let found = resolve(root, root.pointer(&pointer)?).filter(|found| found.is_object())?;
    let Value::Object(mut operation) = copies.copy(found) else { return None };
    // Ids are unique: the copy of an operation with its own path gets one of its path.
    if pointer.starts_with("/paths/") {
        operation.shift_remove("operationId");
    }
    Some(operation)
}

/// Fields next to the reference take precedence.
fn merged(own: Value, mut operation: Map<String, Value>) -> Map<String, Value> {
    if let Value::Object(own) = own {
        operation.extend(own.into_iter().filter(|(key, _)| key != "$ref"));
    }
    operation
}
