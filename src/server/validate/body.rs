//! The body: its presence, its media type, and JSON against its schema.

use serde_json::Value;

use super::faults::faults;
use crate::server::schemas::Schemas;
use crate::server::spec::{Body, Media};
use crate::types::error::FieldError;

pub fn check(schemas: &Schemas, declared: &Body, sent: Option<(&str, &[u8])>, found: &mut Vec<FieldError>) {
    let Some((content_type, bytes)) = sent.filter(|(_, bytes)| !bytes.is_empty()) else {
        if declared.required {
            found.push(FieldError::new("body", "missing", "This operation needs a body."));
        }
        return;
    };
    let essence = essence(content_type);
    let Some(media) = declared_for(&declared.content, &essence) else {
        if !declared.content.is_empty() {
            let known: Vec<&str> = declared.content.iter().map(|media| media.content_type.as_str()).collect();
            let message = format!("Send the body as {}.", known.join(" or "));
            found.push(FieldError::new("header.Content-Type", "unsupported_media_type", message));
        }
        return;
    };
    // Forms, files and texts are taken by their type alone.
    if !is_json(&essence) {
        return;
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => {
            if let Some(validator) = schemas.validator(&media.schema) {
                faults(&validator, &value, "body", found);
            }
        }
        Err(error) => {
            let message = format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
            found.push(FieldError::new("body", "invalid_json", message));
        }
    }
}

/// The most exact: the type itself, then `image/*`, then `*/*`.
fn declared_for<'a>(content: &'a [Media], sent: &str) -> Option<&'a Media> {
    let kind = sent.split('/').next().unwrap_or_default();
    let ranges = [sent.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
    ranges.iter().find_map(|range| content.iter().find(|media| essence(&media.content_type) == *range))
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json") || essence.ends_with("+json")
}
