//! What a check of a document found: errors, warnings, and how the document is read in spite of
//! the warnings.

use std::collections::HashSet;

use super::repair::Repair;
use crate::spec::model::Fault;

/// Maximum number of errors that are reported, and of warnings.
pub const MAX_FAULTS: usize = 100;

/// Maximum size of the locations of all changes, in bytes, because each repeats the names around
/// it.
const MAX_LOCATIONS: usize = 32 << 20;

/// Maximum length of a part of the document in a message, in characters.
const MAX_SHOWN: usize = 80;

#[derive(Default)]
pub struct Findings {
    /// Why the document cannot be used.
    pub faults: Vec<Fault>,
    /// Deviations with one fixed reading, which the message names.
    pub warnings: Vec<Fault>,
    /// The number of warnings that were left out because of the limit.
    pub more_warnings: usize,
    /// Locations of references that lead nowhere, each with the reference.
    pub dangling: Vec<(String, String)>,
    /// Changes that make the document what its warnings say, by the location of the change.
    repairs: Vec<(String, Repair)>,
    /// The size of their locations.
    locations: usize,
    /// Where parts of the document are visited twice, they are reported once.
    warned: HashSet<(String, String)>,
}

impl Findings {
    /// Reports why the document cannot be used.
    pub fn refuse(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::at(pointer, message));
        }
    }

    /// Reports a deviation that the model handles as the message says.
    pub fn warn(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        let (pointer, message) = (pointer.into(), message.into());
        if self.warnings.len() >= MAX_FAULTS {
            self.more_warnings += 1;
        } else if self.warned.insert((pointer.clone(), message.clone())) {
            self.warnings.push(Fault::at(pointer, message));
        }
    }

    /// Reports a deviation whose reading, as the message says, is a change of the document at `at`.
    pub fn correct(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        at: impl Into<String>,
        repair: Repair,
    ) {
        self.warn(pointer, message);
        self.change(at, repair);
    }

    /// Changes the document at `at`, without a warning of its own.
    pub fn change(&mut self, at: impl Into<String>, repair: Repair) {
        let at = at.into();
        if self.locations > MAX_LOCATIONS {
            return;
        }
        self.locations += at.len() + 1;
        if self.locations > MAX_LOCATIONS {
            self.refuse("", "the document has too many deviations; correct them, or split it");
        }
        self.repairs.push((at, repair));
    }

    /// The changes so far.
    pub fn take_repairs(&mut self) -> Vec<(String, Repair)> {
        self.locations = 0;
        std::mem::take(&mut self.repairs)
    }

    /// Records a reference that leads nowhere, as many as there are warnings.
    pub fn dangles(&mut self, pointer: &str, reference: &str) {
        if self.dangling.len() < MAX_FAULTS {
            self.dangling.push((pointer.to_owned(), reference.to_owned()));
        }
    }

    /// The same for a change at the location of the deviation itself.
    pub fn replace(&mut self, pointer: &str, message: impl Into<String>, repair: Repair) {
        self.correct(pointer, message, pointer, repair);
    }
}

/// The start of a part of the document, for a message.
pub fn shown(part: &str) -> String {
    part.chars().take(MAX_SHOWN).collect()
}
