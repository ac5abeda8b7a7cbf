//! Checks whether a document can be used. Only errors that would make docs, mock or gateway wrong
//! are refused. Real documents have many irregularities that do no harm: each is reported as a
//! warning, and the document is changed to what the warning says.

mod findings;
mod ids;
mod info;
mod keywords;
mod objects;
mod paths;
mod references;
mod repair;
mod types;
mod unresolved;

use serde_json::Value;

use super::read::is_shallow;
use super::walk::{join, walk_all};
use super::{cycles, read};
use repair::Repair;

pub use findings::{Findings, MAX_FAULTS};
pub use unresolved::Unresolved;

/// All errors and warnings, each up to [`MAX_FAULTS`]. Without errors, the document has its fixed
/// reading afterwards.
pub fn check(root: &mut Value) -> (Findings, Unresolved) {
    let mut found = Findings::default();
    if !is_shallow(root, read::MAX_DEPTH) {
        found.refuse("", "objects and lists are nested too deeply; flatten them");
        return (found, Unresolved::default());
    }
    let Some(version) = version(root, &mut found) else { return (found, Unresolved::default()) };
    info::check(root, &mut found);
    paths::check(root, version, &mut found);
    walk_all(root, &mut |kind, value, pointer| {
        objects::check(kind, value, pointer, version, &mut found);
        references::check(root, kind, value, pointer, &mut found);
    });
    if !found.faults.is_empty() {
        return (found, Unresolved::default());
    }
    let unresolved = Unresolved::of(root, &found.dangling);
    repair::apply(root, std::mem::take(&mut found.repairs));
    circles(root, &mut found);
    (found, unresolved)
}

/// Drops the references with which schemas lead back to themselves for the same value.
fn circles(root: &mut Value, found: &mut Findings) {
    const WHY: &str = "This leads back to the same schema for the same value.";
    for back in cycles::endless(root) {
        let reading = if back.is_exact {
            "the reference is dropped, because it restricts nothing"
        } else {
            "the reference is dropped, and values are not checked against it"
        };
        let message = format!(
            "the schema refers back to itself by `$ref` or `allOf` without a property or item in \
             between, so a check would never end; {reading}; remove it"
        );
        let repair = match back.keyword {
            "$ref" => Repair::Unlink { why: (!back.is_exact).then(|| WHY.to_owned()) },
            keyword => Repair::LeaveOut { keyword: keyword.to_owned(), why: WHY.to_owned() },
        };
        found.correct(join(&back.schema, back.keyword), message, back.schema, repair);
    }
    repair::apply(root, std::mem::take(&mut found.repairs));
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V3_0,
    V3_1,
}

const ACCEPTED: &str = "OpenAPI 3.0 and 3.1 are supported";

/// `None` if the rest cannot be interpreted.
fn version(root: &Value, found: &mut Findings) -> Option<Version> {
    let Value::Object(fields) = root else {
        found.refuse(
            "",
            format!("the document is not an object, so it is not an OpenAPI document; {ACCEPTED}"),
        );
        return None;
    };
    if let Some(version) = fields.get("swagger") {
        let message = format!(
            "this is Swagger {}; {ACCEPTED}: convert it to OpenAPI 3 first",
            plain(version)
        );
        found.refuse("/swagger", message);
        return None;
    }
    let Some(version) = fields.get("openapi") else {
        found.refuse("", format!("`openapi` is missing: the OpenAPI version of the document, such as `openapi: 3.1.0`; {ACCEPTED}"));
        return None;
    };
    let text = plain(version);
    let mut steps = text.split('.');
    let accepted = match (steps.next(), steps.next()) {
        (Some("3"), Some("0")) => Some(Version::V3_0),
        (Some("3"), Some("1")) => Some(Version::V3_1),
        _ => None,
    };
    if accepted.is_none() {
        found.refuse("/openapi", format!("this is OpenAPI `{text}`; {ACCEPTED}"));
    }
    accepted
}

/// The version as written, which may be a number: `3.1`.
pub fn plain(version: &Value) -> String {
    match version {
        Value::String(text) => text.chars().take(40).collect(),
        Value::Object(_) | Value::Array(_) => "without a version".to_owned(),
        other => other.to_string(),
    }
}
