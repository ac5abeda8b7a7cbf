//! The size of a value as JSON without spaces.

use std::io::{Error, Result, Write};

use serde_json::Value;

/// Whether the value needs at most `limit` bytes.
pub fn fits(value: &Value, limit: usize) -> bool {
    serde_json::to_writer(Room(limit), value).is_ok()
}

/// A writer that only counts: the bytes that may still follow.
struct Room(usize);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| Error::other("full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
