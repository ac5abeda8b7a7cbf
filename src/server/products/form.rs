//! What forms write as text.

use crate::server::{Error, Result};
use crate::types::product::ProductId;

/// The id in a form or a page's address.
pub fn id(text: &str) -> Result<ProductId> {
    text.trim().parse().map_err(|error| Error::field("id", "invalid_format", format!("Choose another id: {error}.")))
}

/// Entries separated by commas or lines.
pub fn entries(text: &str) -> Vec<String> {
    text.split([',', '\n', '\r']).map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// A number of bytes, or nothing for the server's own limit.
pub fn bytes(text: &str) -> Result<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |_| Error::field("max_body_bytes", "invalid_format", "Give a whole number of bytes, or nothing.");
    text.parse().map(Some).map_err(refused)
}
