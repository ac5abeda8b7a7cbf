//! Checks the body: its presence, its media type, and JSON against its schema.

use super::{Found, faults};
use crate::json::{self, Bounds, Kind};
use crate::schemas::Schemas;
use crate::spec::{Body, Media};

pub fn check(schemas: &Schemas, declared: &Body, sent: Option<(&str, &[u8])>, found: &mut Found) {
    let Some((content_type, bytes)) = sent.filter(|(_, bytes)| !bytes.is_empty()) else {
        if declared.required {
            found.push("body", "missing", "This operation requires a body.");
        }
        return;
    };
    let essence = essence(content_type);
    let Some(media) = declared_for(&declared.content, &essence) else {
        if !declared.content.is_empty() {
            let known: Vec<&str> =
                declared.content.iter().map(|media| media.content_type.as_str()).collect();
            let message = format!("Send the body as {}.", known.join(" or "));
            found.push("header.Content-Type", "unsupported_media_type", message);
        }
        return;
    };
    // For forms, files and texts, only the type is checked.
    if !is_json(&essence) {
        return;
    }
    match json::read(bytes, Bounds::OF_PARSER) {
        Ok(value) => faults::check(schemas, &media.schema, &value, "body", found),
        Err(json::Fault { kind: Kind::Doubled(path), .. }) => {
            found.push(faults::located("body", &path), "duplicate_field", DOUBLED)
        }
        Err(json::Fault { kind: Kind::TooDeep, .. }) => found.push("body", "too_deep", too_deep()),
        Err(json::Fault { error, .. }) => {
            let message =
                format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
            found.push("body", "invalid_json", message);
        }
    }
}

pub const DOUBLED: &str = "This field is given twice in the same object. Send it once.";

/// For a body that the parser does not read further.
pub fn too_deep() -> String {
    format!(
        "The body is nested too deeply: it may have at most {} levels of objects and lists.",
        json::MAX_DEPTH
    )
}

/// The most specific one: the type itself, then `image/*`, then `*/*`.
fn declared_for<'a>(content: &'a [Media], sent: &str) -> Option<&'a Media> {
    let kind = sent.split('/').next().unwrap_or_default();
    let ranges = [sent.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
    ranges
        .iter()
        .find_map(|range| content.iter().find(|media| essence(&media.content_type) == *range))
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json") || essence.ends_with("+json")
}
