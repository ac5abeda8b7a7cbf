//! Checks forms and multipart bodies: their fields, and the media types and headers of their parts.

use super::{Found, faults};
use crate::schemas::Unsaid;
use crate::spec::{FieldEncoding, Media};
use crate::wire::{Pairs, Part, Reader, Writing, essence, form, kinds_of, parts, segment};

pub fn urlencoded(reader: &Reader, media: &Media, bytes: &[u8], found: &mut Found) {
    // Bytes that are not ASCII must be encoded, and many clients send UTF-8.
    let text = String::from_utf8_lossy(bytes);
    fields(reader, media, &Pairs::of(&text), found);
}

pub fn multipart(
    reader: &Reader,
    media: &Media,
    content_type: &str,
    bytes: &[u8],
    found: &mut Found,
) {
    let Some(parts) = parts(content_type, bytes) else {
        let message = "The body is not a multipart form. Send parts with a `Content-Disposition` \
                       and a `name`, separated by the `boundary` of the header `Content-Type`.";
        found.push("body", "invalid_format", message);
        return;
    };
    for part in &parts {
        let base = part.name.split('[').next().unwrap_or_default();
        let encoding = media.encoding_of(&part.name).or_else(|| media.encoding_of(base));
        if let Some(encoding) = encoding {
            check_part(reader, encoding, part, found);
        }
    }
    fields(reader, media, &Pairs::of_all(parts.iter().map(Part::pair)), found);
}

fn fields(reader: &Reader, media: &Media, pairs: &Pairs, found: &mut Found) {
    // Without a schema for fields, there is nothing to check.
    if !kinds_of(reader.root(), &media.schema).object {
        return;
    }
    if pairs.are_too_many {
        found.unsaid.push(("body".to_owned(), Unsaid::OverBudget));
        return;
    }
    match form(reader, media, pairs) {
        Ok(value) => faults::check(reader.schemas, &media.schema, &value, "body", found),
        Err(all) => {
            for fault in all {
                found.push(faults::located("body", &fault.path), fault.code, fault.message);
            }
        }
    }
}

/// A part may leave out its type. Its headers are checked if they are sent.
fn check_part(reader: &Reader, encoding: &FieldEncoding, part: &Part, found: &mut Found) {
    let place = format!("body.{}", part.name);
    if let Some(sent) = part.content_type.as_deref().map(essence)
        && !encoding.content_types.is_empty()
        && !encoding.content_types.iter().any(|range| is_in_range(&sent, range))
    {
        let message = format!("Send this part as {}.", encoding.content_types.join(" or "));
        found.push(place.as_str(), "unsupported_media_type", message);
    }
    for header in &encoding.headers {
        let name = header.name.to_ascii_lowercase();
        let Some((_, text)) = part.headers.iter().find(|(known, _)| *known == name) else {
            continue;
        };
        let place = format!("{place}.header.{}", header.name);
        match segment(reader, &Writing::of(header), text) {
            Ok(value) => faults::check(reader.schemas, &header.schema, &value, &place, found),
            Err(fault) => found.push(place, fault.code, fault.message),
        }
    }
}

/// Whether a media type is in a range such as `image/*`.
fn is_in_range(sent: &str, range: &str) -> bool {
    let range = essence(range);
    let kind = range.strip_suffix("/*");
    range == "*/*" || range == sent || kind.is_some_and(|kind| sent.split('/').next() == Some(kind))
}
