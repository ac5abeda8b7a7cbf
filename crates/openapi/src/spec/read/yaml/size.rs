//! How much of a document was read. Copies by aliases count, so that a small text cannot fill the
//! memory.

use crate::spec::Fault;
use crate::spec::read::{MAX_COMPACT, MAX_VALUES, fault};

#[derive(Clone, Copy, Default)]
pub struct Size {
    pub values: usize,
    /// Of texts, keys included.
    pub bytes: usize,
}

impl Size {
    /// One value with this text.
    pub fn of(text: &str) -> Self {
        Self { values: 1, bytes: text.len() }
    }

    /// What was read after `before`.
    pub fn since(self, before: Self) -> Self {
        Self { values: self.values - before.values, bytes: self.bytes - before.bytes }
    }

    /// # Errors
    /// Fails if the document becomes too large.
    pub fn add(&mut self, more: Self, line: usize) -> Result<(), Fault> {
        self.values = self.values.saturating_add(more.values);
        self.bytes = self.bytes.saturating_add(more.bytes);
        let what = if self.values > MAX_VALUES {
            format!("{MAX_VALUES} values")
        } else if self.bytes > MAX_COMPACT {
            format!("{} MiB of text", MAX_COMPACT >> 20)
        } else {
            return Ok(());
        };
        let message = format!(
            "the document has more than {what} with the copies that its aliases make; split it"
        );
        Err(fault(Some(line), message))
    }
}
