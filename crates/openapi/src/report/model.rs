//! The content of a report, as it is written in JSON.

use serde::Serialize;

use crate::spec::Fault;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub title: String,
    /// The document's own version.
    pub version: String,
    /// As written: `3.0.3`. Empty for a refused document.
    pub openapi: String,
    pub counts: Counts,
    /// The reasons why the document is refused.
    pub faults: Vec<Fault>,
    /// What does not prevent an import.
    pub warnings: Vec<Fault>,
    /// In the order of the document.
    pub operations: Vec<OperationReport>,
    pub clients: Clients,
    pub times: Times,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    pub bytes: usize,
    pub operations: usize,
    /// Named schemas.
    pub schemas: usize,
    pub webhooks: usize,
    /// Operations that failed at least one check.
    pub failed: usize,
    /// Operations that were not checked within the time limit.
    pub skipped: usize,
    /// Warnings that are not listed, because there are too many.
    pub more_warnings: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct OperationReport {
    pub id: String,
    pub method: String,
    pub path: String,
    /// JSON pointer to the operation.
    pub pointer: String,
    pub checks: Checks,
}

/// The checks of one operation.
#[derive(Clone, Debug, Serialize)]
pub struct Checks {
    /// The request of the code samples passes the validator.
    pub sample: Outcome,
    /// A request with only what is required passes the validator.
    pub minimal: Outcome,
    /// A request with all parameters and a body with all fields passes the validator.
    pub full: Outcome,
    /// The mock's response has a declared status and media type, and a body that matches its
    /// schema.
    pub mock: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed {
        /// At least one.
        reasons: Vec<String>,
    },
    /// The result is unknown.
    NotChecked {
        reason: String,
    },
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Clients {
    pub typescript: Client,
    pub python: Client,
}

/// A generated package.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Client {
    /// The document is refused.
    #[default]
    NotGenerated,
    Generated {
        /// Size of its files.
        bytes: usize,
    },
    TooLarge,
}

/// How long each part took, in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Times {
    pub read_ms: u64,
    /// All checks of all operations.
    pub operations_ms: u64,
    /// The operation whose checks took longest, and its time.
    pub slowest: Option<(String, u64)>,
    pub typescript_ms: u64,
    pub python_ms: u64,
}

impl Outcome {
    /// Passed if there are no reasons.
    pub fn of(reasons: Vec<String>) -> Self {
        if reasons.is_empty() { Self::Passed } else { Self::Failed { reasons } }
    }

    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

impl Checks {
    /// Each check with its name.
    pub fn all(&self) -> [(&'static str, &Outcome); 4] {
        [
            ("sample", &self.sample),
            ("minimal request", &self.minimal),
            ("full request", &self.full),
            ("mock", &self.mock),
        ]
    }
}

impl OperationReport {
    pub fn is_failed(&self) -> bool {
        self.checks.all().iter().any(|(_, outcome)| outcome.is_failed())
    }
}

impl Client {
    pub fn is_generated(&self) -> bool {
        matches!(self, Self::Generated { .. })
    }
}

impl Clients {
    /// Each client with its language.
    pub fn all(&self) -> [(&'static str, &Client); 2] {
        [("TypeScript", &self.typescript), ("Python", &self.python)]
    }
}
