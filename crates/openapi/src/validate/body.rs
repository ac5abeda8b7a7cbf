//! Checks the body: its presence, its media type, and its content against its schema.

use super::{Found, faults, forms};
use crate::json::{self, Bounds, Kind};
use crate::spec::{Body, Media};
use crate::wire::{DOUBLED, FORM, MULTIPART, Reader, essence, is_json, kinds_of};

pub fn check(reader: &Reader, declared: &Body, sent: Option<(&str, &[u8])>, found: &mut Found) {
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
    match essence.as_str() {
        FORM => forms::urlencoded(reader, media, bytes, found),
        MULTIPART => forms::multipart(reader, media, content_type, bytes, found),
        name if is_json(name) => json(reader, media, bytes, found),
        name if name.starts_with("text/") => text(reader, media, bytes, found),
        // For files, only the type is checked.
        _ => {}
    }
}

fn json(reader: &Reader, media: &Media, bytes: &[u8], found: &mut Found) {
    match json::read(bytes, Bounds::OF_PARSER) {
        Ok(value) => faults::check(reader.schemas, &media.schema, &value, "body", found),
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

/// A schema for lists or objects describes content that is not checked, such as rows of CSV.
fn text(reader: &Reader, media: &Media, bytes: &[u8], found: &mut Found) {
    if !kinds_of(reader.root(), &media.schema).is_single() {
        return;
    }
    // Another character set is not read.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let value = reader.single(&media.schema, text);
        faults::check(reader.schemas, &media.schema, &value, "body", found);
    }
}

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
