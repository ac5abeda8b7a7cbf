//! Events of a partner's own.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{About, store, write};
use crate::server::access::{Permit, WriteEvents};
use crate::server::{App, Error, Result, webhooks};
use crate::types::environment::Environment;
use crate::types::error::FieldError;
use crate::types::event::{Event, EventType};
use crate::types::time::Timestamp;

const MAX_TYPE: usize = 100;
const MAX_DATA: usize = 64 * 1024;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// A name of your own: none of those in the catalogue.
    #[serde(rename = "type")]
    #[schema(pattern = "^[a-z][a-z0-9_.]*$", max_length = 100, example = "invoice.approved")]
    kind: String,
    /// What it tells of: up to 64 KiB as JSON. No secrets: it is kept for 90 days.
    #[schema(value_type = Object, example = json!({"invoice": "2026-117"}))]
    data: Map<String, Value>,
}

/// Whether events may be named so: `^[a-z][a-z0-9_.]*$`, up to 100 characters.
pub fn is_type_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= MAX_TYPE
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
}

/// # Errors
/// `validation_failed` for a type that is none or is ours, and for data that are too large.
pub async fn post(app: &App, permit: &Permit<WriteEvents>, environment: Environment, new: NewEvent, now: Timestamp) -> Result<Event> {
    let data_json = serde_json::to_string(&new.data)?;
    check(&new.kind, data_json.len())?;
    let about = About::act(permit, environment);
    let mut tx = app.db.begin().await?;
    let id = write(&mut tx, about, &new.kind, &data_json, now).await?;
    webhooks::fan_out(&mut tx, about, &id, &new.kind, now).await?;
    tx.commit().await?;
    store::read(&id, new.kind, environment.as_str(), &data_json, about.request_id.into(), now)
}

fn check(kind: &str, data_len: usize) -> Result<()> {
    let mut errors = Vec::new();
    if !is_type_name(kind) {
        let message = format!("A type begins with a small letter and has up to {MAX_TYPE} small letters, digits, underscores and dots.");
        errors.push(FieldError::new("type", "invalid_format", message));
    }
    if EventType::ALL.iter().any(|event| event.as_str() == kind) {
        errors.push(FieldError::new("type", "reserved", format!("`{kind}` is told by the portal itself. Choose a name of your own.")));
    }
    if data_len > MAX_DATA {
        errors.push(FieldError::new("data", "too_large", format!("The data may have {MAX_DATA} bytes as JSON; these have {data_len}.")));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::fields(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_types_name_is_words_of_small_letters() {
        for good in ["a", "invoice.approved", "a1_b.c2"] {
            assert!(check(good, 2).is_ok(), "{good}");
        }
        for bad in ["", "1a", ".a", "_a", "Invoice", "a b", "a-b", "é", &"a".repeat(101)] {
            assert!(check(bad, 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_portals_own_types_and_large_data_are_refused() {
        for event in EventType::ALL {
            assert!(is_type_name(event.as_str()) && check(event.as_str(), 2).is_err());
        }
        assert!(check("a", MAX_DATA).is_ok() && check("a", MAX_DATA + 1).is_err());
    }
}
