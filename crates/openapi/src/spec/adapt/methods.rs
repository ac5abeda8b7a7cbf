//! `additionalOperations` of OpenAPI 3.2: operations of methods that have no field.

use serde_json::{Map, Value};

use crate::spec::check::MAX_FAULTS;
use crate::spec::model::Fault;
use crate::spec::walk::{Kind, METHODS, join, walk_all};

const FIELD: &str = "additionalOperations";

/// Moves the operations of methods that have a field into this field, and removes those whose name
/// is not a method. Returns a deviation for each that is removed.
pub fn tidy(root: &mut Value) -> Vec<Fault> {
    let mut items = Vec::new();
    let mut faults = Vec::new();
    walk_all(root, &mut |kind, value, pointer| {
        let Some(Value::Object(named)) = value.get(FIELD).filter(|_| kind == Kind::PathItem) else {
            return;
        };
        for name in named.keys().filter(|name| !is_method(name)) {
            let shown: String = name.chars().take(40).collect();
            let message = format!(
                "`{shown}` is not a method; the operation is left out; write a name such as `LINK`"
            );
            faults.push(Fault::at(join(&join(pointer, FIELD), name), message));
        }
        if named.keys().any(|name| field_of(name).is_some() || !is_method(name)) {
            items.push(pointer.to_owned());
        }
    });
    faults.truncate(MAX_FAULTS);
    for item in items {
        if let Some(Value::Object(item)) = root.pointer_mut(&item) {
            tidy_item(item);
        }
    }
    faults
}

fn tidy_item(item: &mut Map<String, Value>) {
    let Some(Value::Object(mut named)) = item.shift_remove(FIELD) else { return };
    named.retain(|name, _| is_method(name));
    for field in METHODS {
        let name = field.to_ascii_uppercase();
        if !item.contains_key(field)
            && let Some(operation) = named.shift_remove(&name)
        {
            item.insert(field.to_owned(), operation);
        }
    }
    if !named.is_empty() {
        item.insert(FIELD.to_owned(), Value::Object(named));
    }
}

/// The field that a path item has for the method.
fn field_of(name: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|field| name == field.to_ascii_uppercase())
}

/// A token of RFC 9110 §5.6.2, of a length that requests have.
fn is_method(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
