//! A note on a body that does not match its schema: no value does, or the call requests an example
//! that does not.

use serde_json::Value;

use super::{NOTE_HEADER, ResponseContext, sample};
use crate::spec::Media;

/// Maximum length of a note.
const MAX_NOTE: usize = 400;

/// The header with the first error. `None` if the body matches.
pub fn of(context: &ResponseContext, media: &Media, value: &Value) -> Option<(String, String)> {
    if sample::is_fit(context, media, value) {
        return None;
    }
    let findings = context.schemas.findings(&media.schema, value);
    let first = findings.first()?;
    let place = first.pointer();
    let place = if place.is_empty() { "the whole body".to_owned() } else { place };
    let note = format!("The body does not match its schema. At {place}: {}", first.message);
    let visible = |letter: char| if matches!(letter, ' '..='~') { letter } else { '?' };
    Some((NOTE_HEADER.to_owned(), note.chars().map(visible).take(MAX_NOTE).collect()))
}
