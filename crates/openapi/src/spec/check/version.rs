//! The version of a document.

use serde_json::Value;

use super::findings::Findings;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V3_0,
    /// Also 3.2, which has the same conditions.
    V3_1,
}

const ACCEPTED: &str = "OpenAPI 3.0, 3.1 and 3.2 and Swagger 2.0 are supported";

/// `None` if the rest cannot be interpreted.
pub fn version(root: &Value, found: &mut Findings) -> Option<Version> {
    let Value::Object(fields) = root else {
        found.refuse(
            "",
            format!("the document is not an object, so it is not an OpenAPI document; {ACCEPTED}"),
        );
        return None;
    };
    if let Some(version) = fields.get("swagger") {
        let message = format!("this is Swagger `{}`; {ACCEPTED}", plain(version));
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
        (Some("3"), Some("1" | "2")) => Some(Version::V3_1),
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
