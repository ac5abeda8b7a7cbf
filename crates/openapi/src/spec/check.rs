//! Checks whether a document can be used. Only errors that would make docs, mock or gateway wrong
//! are reported: real documents have many irregularities that do no harm.

mod objects;
mod paths;
mod references;

use serde_json::Value;

use super::model::Fault;
use super::read::is_shallow;
use super::walk::{join, walk_all};
use super::{cycles, read};

/// Maximum number of errors that are reported.
pub const MAX_FAULTS: usize = 100;

/// The errors in a document, in its order. Empty if there are none.
pub struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(Fault { pointer: pointer.into(), line: None, message: message.into() });
        }
    }
}

/// All errors, up to [`MAX_FAULTS`].
pub fn check(root: &Value) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    if !is_shallow(root, read::MAX_DEPTH) {
        faults.add("", "objects and lists are nested too deeply; flatten them");
        return faults.0;
    }
    let Some(version) = version(root, &mut faults) else { return faults.0 };
    info(root, &mut faults);
    paths::check(root, version, &mut faults);
    walk_all(root, &mut |kind, value, pointer| {
        objects::check(kind, value, pointer, &mut faults);
        references::check(root, kind, value, pointer, &mut faults);
    });
    if faults.0.is_empty() {
        for pointer in cycles::endless(root) {
            let message = "the schema refers back to itself by `$ref` or `allOf` without a property or item in between, so no value can \
                           be checked against it; remove the reference";
            faults.add(pointer, message);
        }
    }
    faults.0
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V3_0,
    /// Also 3.2, which has the same conditions.
    V3_1,
}

const ACCEPTED: &str = "OpenAPI 3.0, 3.1 and 3.2 and Swagger 2.0 are supported";

/// `None` if the rest cannot be interpreted.
fn version(root: &Value, faults: &mut Faults) -> Option<Version> {
    let Value::Object(fields) = root else {
        faults.add(
            "",
            format!("the document is not an object, so it is not an OpenAPI document; {ACCEPTED}"),
        );
        return None;
    };
    if let Some(version) = fields.get("swagger") {
        let message = format!("this is Swagger `{}`; {ACCEPTED}", plain(version));
        faults.add("/swagger", message);
        return None;
    }
    let Some(version) = fields.get("openapi") else {
        faults.add("", format!("`openapi` is missing: the OpenAPI version of the document, such as `openapi: 3.1.0`; {ACCEPTED}"));
        return None;
    };
    let text = plain(version);
    let mut steps = text.split('.');
    let accepted = match (steps.next(), steps.next()) {
        (Some("3"), Some("0")) => Some(Version::V3_0),
        (Some("3"), Some("1" | "2")) => Some(Version::V3_1),
        _ => None,
    };
    if accepted.is_none() {
        faults.add("/openapi", format!("this is OpenAPI `{text}`; {ACCEPTED}"));
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

fn info(root: &Value, faults: &mut Faults) {
    let Some(Value::Object(info)) = root.get("info") else {
        faults.add("", "`info` is missing: an object with `title` and `version`");
        return;
    };
    for key in ["title", "version"] {
        match info.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => {}
            Some(Value::Number(_)) => {}
            Some(Value::String(_) | Value::Null) | None => {
                faults.add("/info", format!("`{key}` is missing"))
            }
            Some(_) => faults.add(join("/info", key), format!("`{key}` is not text")),
        }
    }
}
