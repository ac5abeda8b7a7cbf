//! Conversion of form texts.

use tollgate_types::product::ProductId;
use tollgate_types::time::Timestamp;

use crate::{Error, Result};

/// The id in a form or a page's address.
pub fn id(text: &str) -> Result<ProductId> {
    text.trim().parse().map_err(|error| {
        Error::field("id", "invalid_format", format!("Choose another id: {error}."))
    })
}

/// Entries separated by commas or lines.
pub fn entries(text: &str) -> Vec<String> {
    text.split([',', '\n', '\r'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A number of bytes, or empty for the server's own limit.
pub fn bytes(text: &str) -> Result<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |_| {
        Error::field(
            "max_body_bytes",
            "invalid_format",
            "Enter a whole number of bytes, or leave it empty.",
        )
    };
    text.parse().map(Some).map_err(refused)
}

/// The start of a day, UTC, from user input; `None` if it is empty.
///
/// # Errors
/// `validation_failed` for an invalid date.
pub fn day(text: &str) -> Result<Option<Timestamp>> {
    match text.trim() {
        "" => Ok(None),
        day => match Timestamp::of_day(day) {
            Some(day) => Ok(Some(day)),
            None => Err(Error::field("on", "invalid_format", "Enter a date such as 2027-01-31.")),
        },
    }
}
