//! OpenAPI documents of any author: read, checked, and converted to one form. This module has no
//! notion of products or calls. Pages, samples, mock, routes and differences are all based on a
//! [`Spec`].

mod check;
mod cycles;
mod diff;
mod model;
mod normalise;
mod operations;
mod read;
mod route;
mod template;
mod walk;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use diff::{Change, ChangeKind, diff};
pub use model::{
    Billable, Body, Example, Fault, Media, Operation, Parameter, Place, Price, Response, Spec, Tag,
    pointer_of, resolve,
};
pub use normalise::{NOT_CHECKED, is_annotation};
pub use operations::sent;
pub use read::MAX_DOCUMENT;
pub use route::{Match, NoMatch, Routes, decode};
pub use template::segments;
pub use walk::{all_schemas_in, join, schemas_in};

impl Spec {
    /// Reads OpenAPI 3.0 or 3.1, as JSON or YAML.
    ///
    /// # Errors
    /// The errors in the document, each with its location; at most 100.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let source = read::Source::read(bytes).map_err(|fault| vec![fault])?;
        let mut faults = check::check(&source.value);
        if faults.is_empty() {
            return Self::from_checked(source.value);
        }
        source.locate(&mut faults);
        faults.sort_by_key(|fault| fault.line);
        Err(faults)
    }

    /// Like [`read`](Self::read), for a document that is already a value.
    ///
    /// # Errors
    /// The same as for `read`, without line numbers.
    pub fn from_value(root: Value) -> Result<Self, Vec<Fault>> {
        let faults = check::check(&root);
        if faults.is_empty() { Self::from_checked(root) } else { Err(faults) }
    }

    fn from_checked(mut root: Value) -> Result<Self, Vec<Fault>> {
        let openapi = root.get("openapi").map(check::plain).unwrap_or_default();
        normalise::normalise(&mut root);
        operations::extract(root, openapi).map_err(|fault| vec![fault])
    }
}
