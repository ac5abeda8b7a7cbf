//! Where the parts of a converted document are in the text of its author.

use std::collections::HashMap;

use super::model::Fault;

/// Pairs of JSON pointers. A part without its own pair belongs to the nearest part around it.
#[derive(Debug, Default)]
pub struct Origins {
    written: HashMap<String, String>,
    converted: HashMap<String, String>,
}

impl Origins {
    /// The part at `written` has moved to `converted`.
    pub fn add(&mut self, converted: impl Into<String>, written: impl Into<String>) {
        let (converted, written) = (converted.into(), written.into());
        self.converted.entry(written.clone()).or_insert_with(|| converted.clone());
        self.written.insert(converted, written);
    }

    /// The part at `converted` was made of a part at `written`, which has another kind.
    pub fn made_of(&mut self, converted: impl Into<String>, written: impl Into<String>) {
        self.written.insert(converted.into(), written.into());
    }

    /// Where the author wrote a part of the converted document.
    pub fn written(&self, converted: &str) -> String {
        replace(&self.written, converted)
    }

    /// Where a part of the author's document is now.
    pub fn converted(&self, written: &str) -> String {
        replace(&self.converted, written)
    }

    /// Changes the pointers of errors to those of the author's document.
    pub fn restore(&self, faults: &mut [Fault]) {
        for fault in faults.iter_mut().filter(|_| !self.written.is_empty()) {
            fault.pointer = self.written(&fault.pointer);
        }
    }
}

/// `pointer` with the longest start that has a pair replaced.
fn replace(pairs: &HashMap<String, String>, pointer: &str) -> String {
    let mut start = pointer;
    loop {
        if let Some(other) = pairs.get(start) {
            return format!("{other}{}", pointer.get(start.len()..).unwrap_or_default());
        }
        match start.rfind('/') {
            Some(end) => start = start.get(..end).unwrap_or_default(),
            None => return pointer.to_owned(),
        }
    }
}
