//! OpenAPI documents as anybody may have written them: read, checked, and brought to one form. Knows nothing of
//! products or calls; all that is shown, sampled, mocked, matched and compared begins with a [`Spec`].

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
pub use model::{Billable, Body, Example, Fault, Media, Operation, Parameter, Place, Price, Response, Spec, Tag, pointer_of, resolve};
pub use read::MAX_DOCUMENT;
pub use route::{Match, NoMatch, Routes, decode};
pub use template::segments;

impl Spec {
    /// Reads OpenAPI 3.0 or 3.1, JSON or YAML.
    ///
    /// # Errors
    /// What is wrong with the document, each with its place; a hundred faults at most.
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

    /// As [`read`](Self::read), for a document that was not written down.
    ///
    /// # Errors
    /// As there, without lines.
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
