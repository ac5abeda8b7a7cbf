//! Checks whether each `$ref` leads to an object of the required kind. One that does not is left
//! out of its place, so that everything else works.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::findings::Findings;
use super::repair::Repair;
use crate::spec::model::{MAX_HOPS, pointer_of};
use crate::spec::walk::{Kind, join};

pub fn check(root: &Value, kind: Kind, value: &Value, pointer: &str, found: &mut Findings) {
    let Some(reference) = value.get("$ref").filter(|_| kind.can_be_reference()) else { return };
    let at = join(pointer, "$ref");
    let Value::String(reference) = reference else {
        let message =
            format!("`$ref` is not text; {}; write `$ref: '#/components/…'`", reading(kind));
        return leave_out(kind, message, "This must be text.", pointer, found);
    };
    // The author has the other files, so nothing needs to be left out.
    if is_other_file(reference) {
        return found.refuse(at, format!(
            "`{}` is in another document, which is not fetched; put everything into one document (bundle it)",
            long(reference)
        ));
    }
    let Some((problem, remedy)) = problem(root, kind, value, reference) else { return };
    found.dangling.push((pointer.to_owned(), reference.clone()));
    let message = format!("{problem}; {}; {remedy}", reading(kind));
    leave_out(kind, message, &format!("{problem}."), pointer, found);
}

/// What an object is without its reference.
fn reading(kind: Kind) -> &'static str {
    match kind {
        Kind::Schema => "values are not checked against it",
        Kind::Body => "every body is allowed",
        Kind::Response => "every response is allowed",
        Kind::PathItem => "the path has no operations from there",
        _ => "it is left out",
    }
}

fn leave_out(kind: Kind, message: String, why: &str, pointer: &str, found: &mut Findings) {
    let at = join(pointer, "$ref");
    match kind {
        Kind::Schema => {
            let repair = Repair::Unlink { why: Some(why.to_owned()) };
            found.correct(at, message, pointer, repair);
        }
        Kind::Body => {
            let body = json!({ "content": { "*/*": {} } });
            found.correct(at, message, pointer, Repair::Put(body));
        }
        Kind::Response => {
            let response = json!({ "description": "" });
            found.correct(at, message, pointer, Repair::Put(response));
        }
        Kind::PathItem => found.correct(at.clone(), message, at, Repair::Remove),
        // An item of a list keeps its place. Without fields, it is ignored.
        Kind::Parameter => found.correct(at, message, pointer, Repair::Put(json!({}))),
        _ => found.correct(at, message, pointer, Repair::Remove),
    }
}

/// Whether the reference is to a file next to this one, not to the web.
fn is_other_file(reference: &str) -> bool {
    let lower = reference.get(..8).unwrap_or(reference).to_ascii_lowercase();
    !reference.starts_with('#') && !lower.starts_with("http://") && !lower.starts_with("https://")
}

fn long(reference: &str) -> String {
    reference.chars().take(200).collect()
}

/// What is wrong with the reference, and how to fix it.
fn problem(
    root: &Value,
    kind: Kind,
    value: &Value,
    reference: &str,
) -> Option<(String, &'static str)> {
    let shown = long(reference);
    if !reference.starts_with('#') {
        return Some((
            format!("`{shown}` is in another document, which is not fetched"),
            "put everything into one document (bundle it)",
        ));
    }
    let Some(target) = pointer_of(reference) else {
        return Some((
            format!("`{shown}` is not percent-encoded correctly"),
            "write two hexadecimal digits after each `%`",
        ));
    };
    if target.is_empty() {
        return Some((
            format!("`{shown}` refers to the whole document"),
            "refer to a part: `#/components/…`",
        ));
    }
    if !target.starts_with('/') {
        return Some((
            format!("`{shown}` names an anchor, which is not supported"),
            "refer to a location: `#/components/schemas/…`",
        ));
    }
    if let Some(other) = component(&target).filter(|&other| !is_same(kind, other)) {
        return Some((
            format!("`{shown}` is a {}, but a {} is required here", other.name(), kind.name()),
            "refer to another part",
        ));
    }
    let mut seen = HashSet::new();
    let mut at = value;
    while let Some(next) = at.get("$ref").and_then(Value::as_str) {
        let Some(pointer) = pointer_of(next) else {
            return Some((
                format!("`{shown}` leads to a reference that cannot be followed"),
                "correct that reference",
            ));
        };
        let Some(target) = root.pointer(&pointer) else {
            let is_own = std::ptr::eq(at, value);
            let what =
                if is_own { "does not exist" } else { "leads to a reference that does not exist" };
            return Some((format!("`{shown}` {what}"), "fix the name or add what it refers to"));
        };
        if !seen.insert(pointer) {
            return Some((
                format!("`{shown}` is circular and never leads to a value"),
                "write the value in one of the places",
            ));
        }
        if seen.len() >= MAX_HOPS {
            return Some((
                format!("`{shown}` leads through more than {MAX_HOPS} references"),
                "refer to the value itself",
            ));
        }
        at = target;
    }
    let fits = at.is_object() || kind == Kind::Schema && (at.is_boolean() || at.is_null());
    (!fits).then(|| {
        (
            format!("`{shown}` leads to something that is not a {}", kind.name()),
            "refer to another part",
        )
    })
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
