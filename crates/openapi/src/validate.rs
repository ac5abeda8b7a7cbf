//! Checks calls against the document: parameters and bodies. Each error has a location and says how
//! to fix it.

mod body;
mod encoding;
mod faults;
mod forms;
mod parameters;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::HeaderMap;
use tollgate_types::error::FieldError;

use crate::schemas::{MAX_FINDINGS, Schemas, Unsaid};
use crate::spec::{Operation, Place, Spec};
use crate::wire::{Pairs, Reader};

pub use crate::json::is_too_deep;
pub use body::too_deep;
pub use encoding::{ACCEPTED as ACCEPTED_ENCODINGS, Decoded, decoded};

/// Maximum number of errors that are reported for one call.
pub const MAX_FAULTS: usize = MAX_FINDINGS;

/// Checks calls to one document's operations. Compiles a schema when it is first needed.
pub struct Validator {
    schemas: Schemas,
}

/// The parts of a call that are checked.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// By name, decoded.
    pub path_params: &'a [(String, String)],
    /// As it was sent, without `?`.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    /// Its `Content-Type`, which may be empty, and its bytes. `None` if there are none.
    pub body: Option<(&'a str, &'a [u8])>,
}

impl Validator {
    pub fn new(spec: Arc<Spec>) -> Self {
        Self { schemas: Schemas::of_requests(spec) }
    }

    /// The document's schemas as they apply to requests.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The errors in a call, and the parts that could not be checked. Locations are `path.id`,
    /// `query.limit`, `header.X-Trace` and `body.lines[0].price`. All checks share the budget of
    /// the current task ([`with_budget`](crate::schemas::with_budget)).
    pub fn validate(&self, operation: &Operation, call: &Checked) -> Found {
        let mut found = Found::default();
        let reader = Reader::new(&self.schemas);
        let names = operation.parameters.iter().filter(|one| one.place == Place::Query);
        let query = Pairs::of(call.query.unwrap_or_default())
            .without(names.map(|parameter| parameter.name.as_str()));
        for parameter in &operation.parameters {
            parameters::check(&reader, parameter, call, &query, &mut found);
        }
        if query.are_too_many {
            found.unsaid.push(("query".to_owned(), Unsaid::OverBudget));
        }
        if let Some(body) = &operation.body {
            body::check(&reader, body, call.body, &mut found);
        }
        found.faults.truncate(MAX_FAULTS);
        found
    }
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Empty if all checked parts match the document.
    pub faults: Vec<FieldError>,
    /// The parts that could not be checked, and why: `body`, `query.filter`.
    pub unsaid: Vec<(String, Unsaid)>,
}

impl Found {
    fn push(&mut self, location: impl Into<String>, code: &str, message: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(FieldError::new(location, code, message));
        }
    }

    pub fn is_over_budget(&self) -> bool {
        self.unsaid.iter().any(|(_, why)| *why == Unsaid::OverBudget)
    }
}
