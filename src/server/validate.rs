//! Calls checked against the document: parameters and bodies. Says of each fault where it is and what to do.

mod body;
mod faults;
mod parameters;
mod styles;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::server::schemas::Schemas;
use crate::server::spec::{Operation, Spec};
use crate::types::error::FieldError;

/// Faults told of one call.
pub const MAX_FAULTS: usize = 32;

/// Checks calls to one document's operations. Compiles a schema when it is first needed.
pub struct Validator {
    schemas: Schemas,
}

/// What is known of a call when it is checked.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// By name, decoded.
    pub path_params: &'a [(String, String)],
    /// As it came, without `?`.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    /// Its `Content-Type`, empty where it has none, and its bytes. None where there are none.
    pub body: Option<(&'a str, &'a [u8])>,
}

impl Validator {
    pub fn new(spec: Arc<Spec>) -> Self {
        Self { schemas: Schemas::of_requests(spec) }
    }

    /// The document's schemas as requests see them.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// What is wrong with a call; nothing where it is as the document says, or where the document cannot say.
    /// Locations are `path.id`, `query.limit`, `header.X-Trace` and `body.lines[0].price`.
    pub fn validate(&self, operation: &Operation, call: &Checked) -> Vec<FieldError> {
        let mut found = Vec::new();
        for parameter in &operation.parameters {
            parameters::check(&self.schemas, parameter, call, &mut found);
        }
        if let Some(body) = &operation.body {
            body::check(&self.schemas, body, call.body, &mut found);
        }
        found.truncate(MAX_FAULTS);
        found
    }
}
