//! The size of a value as JSON without spaces.

use std::io::{Error, Result, Write};

use serde_json::Value;

use super::{MAX_COMPACT, fault};
use crate::spec::Fault;

/// # Errors
/// Fails if the value needs more than [`MAX_COMPACT`] bytes.
pub fn check(value: &Value) -> std::result::Result<(), Fault> {
    serde_json::to_writer(Room(MAX_COMPACT), value).map_err(|_| {
        let limit = MAX_COMPACT >> 20;
        fault(
            None,
            format!(
                "the document is larger than {limit} MiB without spaces and line breaks; split it"
            ),
        )
    })
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
