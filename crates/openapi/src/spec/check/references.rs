//! Checks whether each `$ref` leads to an object of the required kind.

use std::collections::HashSet;

use serde_json::Value;

use super::Faults;
use crate::spec::model::{MAX_HOPS, pointer_of};
use crate::spec::walk::{Kind, join};

pub fn check(root: &Value, kind: Kind, value: &Value, pointer: &str, faults: &mut Faults) {
    let Some(reference) = value.get("$ref").filter(|_| kind.can_be_reference()) else { return };
    let problem = match reference {
        Value::String(reference) => problem(root, kind, value, reference),
        _ => Some("`$ref` is not text; write `$ref: '#/components/…'`".to_owned()),
    };
    if let Some(problem) = problem {
        faults.add(join(pointer, "$ref"), problem);
    }
}

fn problem(root: &Value, kind: Kind, value: &Value, reference: &str) -> Option<String> {
    let shown: String = reference.chars().take(200).collect();
    if !reference.starts_with('#') {
        return Some(format!(
            "`{shown}` is in another document, which is not fetched; put everything into one document (bundle it)"
        ));
    }
    let Some(target) = pointer_of(reference) else {
        return Some(format!(
            "`{shown}` is not percent-encoded correctly: `%` must be followed by two hexadecimal digits"
        ));
    };
    if target.is_empty() {
        return Some(format!(
            "`{shown}` refers to the whole document; refer to a part: `#/components/…`"
        ));
    }
    if !target.starts_with('/') {
        return Some(format!(
            "`{shown}` names an anchor, which is not supported; refer to a location: `#/components/schemas/…`"
        ));
    }
    if let Some(other) = component(&target).filter(|&other| !is_same(kind, other)) {
        return Some(format!(
            "`{shown}` is a {}, but a {} is required here",
            other.name(),
            kind.name()
        ));
    }
    let mut seen = HashSet::new();
    let mut at = value;
    while let Some(next) = at.get("$ref").and_then(Value::as_str) {
        let Some(pointer) = pointer_of(next) else {
            return Some(format!("`{shown}` leads to a reference that cannot be followed"));
        };
        let Some(target) = root.pointer(&pointer) else {
            let is_own = std::ptr::eq(at, value);
            let what =
                if is_own { "does not exist" } else { "leads to a reference that does not exist" };
            return Some(format!("`{shown}` {what}; fix the name or add what it refers to"));
        };
        if !seen.insert(pointer) {
            return Some(format!(
                "`{shown}` is circular and never leads to a value; write the value in one of the places"
            ));
        }
        if seen.len() >= MAX_HOPS {
            return Some(format!(
                "`{shown}` leads through more than {MAX_HOPS} references; refer to the value itself"
            ));
        }
        at = target;
    }
    let fits = at.is_object() || kind == Kind::Schema && (at.is_boolean() || at.is_null());
    (!fits).then(|| format!("`{shown}` leads to something that is not a {}", kind.name()))
}

/// The object at `/components/{section}/{name}`.
fn component(pointer: &str) -> Option<Kind> {
    let (section, name) = pointer.strip_prefix("/components/")?.split_once('/')?;
    if name.contains('/') { None } else { Kind::Components.field(section).map(|(_, kind)| kind) }
}

/// A header is a parameter without a name and location.
fn is_same(kind: Kind, other: Kind) -> bool {
    kind == other || matches!((kind, other), (Kind::Header, Kind::Parameter))
}
