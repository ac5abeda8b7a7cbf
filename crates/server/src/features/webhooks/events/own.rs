//! A partner's own events.

use serde::Deserialize;
use serde_json::value::RawValue;
use tollgate_types::environment::Environment;
use tollgate_types::error::FieldError;
use tollgate_types::event::{Event, EventType};
use tollgate_types::time::Timestamp;

use super::{About, data, store, write};
use crate::access::{Permit, WriteEvents};
use crate::webhooks::event_types::{MAX_LENGTH, is_type_name};
use crate::webhooks::fan_out::fan_out;
use crate::{Base, Error, Result};

const MAX_DATA: usize = 64 * 1024;

/// An event to record.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Type of the event: a lower-case letter, followed by lower-case letters, digits, underscores
    /// and dots; up to 100 characters. Types of the portal, as listed by `/v1/event-types`, are
    /// reserved.
    #[serde(rename = "type")]
    #[schema(pattern = "^[a-z][a-z0-9_.]*$", max_length = 100, example = "invoice.approved")]
    kind: String,
    /// Data of the event: a JSON object of at most 64 KiB, with at most 64 nested objects and lists
    /// and no duplicate names in one object. It is stored for 90 days and delivered exactly as
    /// sent, so do not include secrets.
    #[schema(value_type = Object, example = json!({"invoice": "2026-117"}))]
    data: Box<RawValue>,
}

/// # Errors
/// `validation_failed` for an invalid or reserved type, and for data that is not an object, is too
/// large, too deeply nested, or ambiguous.
pub async fn post(
    base: &Base,
    permit: &Permit<WriteEvents>,
    environment: Environment,
    new: NewEvent,
    now: Timestamp,
) -> Result<Event> {
    let data_json = check(&new.kind, new.data.get())?;
    let about = About::act(permit, environment);
    let mut tx = base.db.begin().await?;
    let id = write(&mut tx, about, &new.kind, &data_json, now).await?;
    fan_out(&mut tx, about, &id, &new.kind, now).await?;
    tx.commit().await?;
    store::read(&id, new.kind, environment.as_str(), &data_json, about.request_id.into(), now)
}

/// The data as it is stored.
fn check(kind: &str, data: &str) -> Result<String> {
    let mut errors = Vec::new();
    if !is_type_name(kind) {
        let message = format!(
            "A type starts with a lower-case letter and may have up to {MAX_LENGTH} lower-case letters, digits, underscores and dots."
        );
        errors.push(FieldError::new("type", "invalid_format", message));
    }
    if EventType::ALL.iter().any(|event| event.as_str() == kind) {
        errors.push(FieldError::new(
            "type",
            "reserved",
            format!("`{kind}` is reserved for events of the portal. Choose another name."),
        ));
    }
    let data_json = data::compact(data).unwrap_or_else(|fault| {
        errors.push(fault);
        String::new()
    });
    let data_len = data_json.len();
    if data_len > MAX_DATA {
        errors.push(FieldError::new(
            "data",
            "too_large",
            format!(
                "The data may have at most {MAX_DATA} bytes as JSON; this data has {data_len}."
            ),
        ));
    }
    if errors.is_empty() { Ok(data_json) } else { Err(Error::fields(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_types_name_is_words_of_small_letters() {
        for good in ["a", "invoice.approved", "a1_b.c2"] {
            assert!(check(good, "{}").is_ok(), "{good}");
        }
        for bad in ["", "1a", ".a", "_a", "Invoice", "a b", "a-b", "é", &"a".repeat(101)] {
            assert!(check(bad, "{}").is_err(), "{bad}");
        }
    }

    #[test]
    fn the_portals_own_types_and_large_data_are_refused() {
        for event in EventType::ALL {
            assert!(is_type_name(event.as_str()) && check(event.as_str(), "{}").is_err());
        }
        let of = |length: usize| {
            format!("{{ \"a\": \"{}\" }}", "x".repeat(length - r#"{"a":""}"#.len()))
        };
        assert_eq!(check("a", &of(MAX_DATA)).unwrap().len(), MAX_DATA);
        assert!(check("a", &of(MAX_DATA + 1)).is_err());
    }
}
