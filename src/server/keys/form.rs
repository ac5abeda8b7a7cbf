//! The bounds of a key as a form's fields hold them: texts, and numbers that may be left out.

use crate::server::config::Rate;
use crate::server::{Error, Result};
use crate::types::key::RateLimit;

/// One entry a line, or parted by commas.
pub fn ip_entries(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// `5/60`, or nothing.
///
/// # Errors
/// `validation_failed` for what is no rate.
pub fn rate_limit(text: &str) -> Result<Option<RateLimit>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let rate: Rate = text.parse().map_err(|error| Error::field("rate_limit", "invalid_format", format!("A rate limit {error}.")))?;
    Ok(Some(RateLimit { calls: rate.calls, seconds: rate.seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_commas_part_entries_and_an_empty_rate_is_none() {
        assert_eq!(ip_entries(" 10.0.0.1\r\n\r\n10.0.0.2, ::1 "), ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(rate_limit("5/60").unwrap(), Some(RateLimit { calls: 5, seconds: 60 }));
        assert_eq!(rate_limit(" ").unwrap(), None);
        assert!(rate_limit("5").is_err());
    }
}
