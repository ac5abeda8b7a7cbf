//! OpenAPI documents of any author: read, checked, and converted to one form. This module has no
//! notion of products or calls. Pages, samples, mock, routes and differences are all based on a
//! [`Spec`].

mod adapt;
pub mod bundle;
mod check;
mod component_names;
mod copies;
mod cycles;
mod diff;
mod foreign;
mod methods;
mod model;
mod normalise;
mod operations;
mod origins;
mod read;
mod reference;
mod route;
mod swagger2;
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
pub use read::MAX_DOCUMENT;
pub use route::{Match, NoMatch, Routes, decode};
pub use template::segments;
pub use walk::{all_schemas_in, join, schemas_in};

impl Spec {
    /// Reads OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0, as JSON or YAML.
    ///
    /// # Errors
    /// The errors in the document, each with its location; at most 100.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let mut source = read::Source::read(bytes)
            .map_err(|fault| vec![foreign::recognise(bytes, None).unwrap_or(fault)])?;
        let found = foreign::recognise(bytes, Some(&source.value)).map(|fault| vec![fault]);
        let read = found.map_or_else(|| Self::from_value(std::mem::take(&mut source.value)), Err);
        let Err(mut faults) = read else { return read };
        source.locate(&mut faults);
        faults.sort_by_key(|fault| fault.line);
        Err(faults)
    }

    /// Like [`read`](Self::read), for a document that is already a value.
    ///
    /// # Errors
    /// The same as for `read`, without line numbers.
    pub fn from_value(mut root: Value) -> Result<Self, Vec<Fault>> {
        let adapt::Adapted { version, origins, deviations } =
            adapt::adapt(&mut root).map_err(|fault| vec![fault])?;
        let mut faults = deviations;
        faults.extend(check::check(&root));
        if faults.is_empty() {
            normalise::normalise(&mut root);
            match operations::extract(root, version) {
                Ok(spec) => return Ok(spec),
                Err(fault) => faults.push(fault),
            }
        }
        origins.restore(&mut faults);
        Err(faults)
    }
}
