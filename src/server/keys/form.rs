//! The bounds of a key as a form's fields hold them: texts, and numbers that may be left out.

use crate::server::{Error, Result};
use crate::types::key::RateLimit;

/// One entry a line, or parted by commas.
pub fn ip_entries(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// # Errors
/// If one of the two numbers is there without the other.
pub fn rate_limit(calls: Option<u32>, seconds: Option<u32>) -> Result<Option<RateLimit>> {
    match (calls, seconds) {
        (Some(calls), Some(seconds)) => Ok(Some(RateLimit { calls, seconds })),
        (None, None) => Ok(None),
        _ => Err(Error::field("rate_limit", "missing", "A rate limit needs both numbers: so many calls in so many seconds.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_commas_part_entries_and_half_a_rate_is_none() {
        assert_eq!(ip_entries(" 10.0.0.1\r\n\r\n10.0.0.2, ::1 "), ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(rate_limit(Some(1), Some(2)).unwrap(), Some(RateLimit { calls: 1, seconds: 2 }));
        assert!(rate_limit(None, Some(2)).is_err());
    }
}
