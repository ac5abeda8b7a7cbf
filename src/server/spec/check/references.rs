//! Whether each `$ref` leads to what it stands for.

use std::collections::HashSet;

use serde_json::Value;

use super::Faults;
use crate::server::spec::model::{MAX_HOPS, pointer_of};
use crate::server::spec::walk::{Kind, join};

pub fn check(root: &Value, kind: Kind, value: &Value, pointer: &str, faults: &mut Faults) {
    let Some(reference) = value.get("$ref").filter(|_| kind.can_be_reference()) else { return };
    let problem = match reference {
        Value::String(reference) => problem(root, kind, value, reference),
        _ => Some("`$ref` is no text; it is written `$ref: '#/components/…'`".to_owned()),
    };
    if let Some(problem) = problem {
        faults.add(join(pointer, "$ref"), problem);
    }
}

fn problem(root: &Value, kind: Kind, value: &Value, reference: &str) -> Option<String> {
    let shown: String = reference.chars().take(200).collect();
    if !reference.starts_with('#') {
        return Some(format!("`{shown}` is in another document, which is not fetched; put everything into one document (bundle it)"));
    }
    let Some(target) = pointer_of(reference) else {
        return Some(format!("`{shown}` is not encoded as a URL is: `%` needs two hexadecimal digits after it"));
    };
    if target.is_empty() {
        return Some(format!("`{shown}` refers to the whole document; refer to a part: `#/components/…`"));
    }
    if !target.starts_with('/') {
        return Some(format!("`{shown}` names an anchor, which is not followed; refer to a place: `#/components/schemas/…`"));
    }
    if let Some(other) = component(&target).filter(|&other| !is_same(kind, other)) {
        return Some(format!("`{shown}` is a {}, but a {} belongs here", other.name(), kind.name()));
    }
    let mut seen = HashSet::new();
    let mut at = value;
    while let Some(next) = at.get("$ref").and_then(Value::as_str) {
        let Some(pointer) = pointer_of(next) else { return Some(format!("`{shown}` leads to a reference that cannot be followed")) };
        let Some(target) = root.pointer(&pointer) else {
            let is_own = std::ptr::eq(at, value);
            let what = if is_own { "leads nowhere" } else { "leads to a reference that leads nowhere" };
            return Some(format!("`{shown}` {what}; mend the name or add what it refers to"));
        };
        if !seen.insert(pointer) {
            return Some(format!("`{shown}` leads back to itself and never to a value; write the value in one of its places"));
        }
        if seen.len() >= MAX_HOPS {
            return Some(format!("`{shown}` leads over more than {MAX_HOPS} references; refer to the value itself"));
        }
        at = target;
    }
    let fits = at.is_object() || kind == Kind::Schema && (at.is_boolean() || at.is_null());
    (!fits).then(|| format!("`{shown}` leads to something that is no {}", kind.name()))
}

/// What stands at `/components/{section}/{name}`.
fn component(pointer: &str) -> Option<Kind> {
    let (section, name) = pointer.strip_prefix("/components/")?.split_once('/')?;
    if name.contains('/') { None } else { Kind::Components.field(section).map(|(_, kind)| kind) }
}

/// A header is a parameter without name and place.
fn is_same(kind: Kind, other: Kind) -> bool {
    kind == other || matches!((kind, other), (Kind::Header, Kind::Parameter))
}
