//! Text that cannot be read as a value.

use crate::json::Step;

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From the parameter or body to the value that has the fault.
    pub path: Vec<Step>,
    pub code: &'static str,
    pub message: &'static str,
}

pub const DOUBLED: &str = "This field is given twice in the same object. Send it once.";

impl Fault {
    pub const REPEATED: Self = Self::new(
        "repeated",
        "This parameter takes one value but is given more than once. Send it once.",
    );
    pub const REPEATED_FIELD: Self = Self::new(
        "repeated",
        "This field takes one value but is given more than once. Send it once.",
    );
    pub const TOO_DEEP: Self =
        Self::new("too_deep", "This name has too many levels of brackets. Send at most 32.");
    pub const JSON_TOO_DEEP: Self = Self::new("too_deep", "This JSON is nested too deeply.");
    pub const NOT_JSON: Self = Self::new("invalid_format", "This must be JSON.");
    pub const DOUBLED: Self = Self::new("duplicate_field", DOUBLED);

    const fn new(code: &'static str, message: &'static str) -> Self {
        Self { path: Vec::new(), code, message }
    }

    /// The same fault, seen from the value that contains `name`.
    pub fn within(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }
}
