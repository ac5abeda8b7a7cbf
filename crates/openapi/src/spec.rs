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
mod subtypes;
mod swagger2;
mod template;
mod walk;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use diff::{Change, ChangeKind, diff};
pub use model::{
    Billable, Body, Example, Fault, FieldEncoding, Media, Operation, Parameter, Place, Price,
    Response, Spec, Tag, pointer_of, resolve,
};
pub use normalise::{NOT_CHECKED, is_annotation};
pub use operations::sent;
pub use read::MAX_DOCUMENT;
pub use route::{Match, NoMatch, Routes, decode};
pub use subtypes::{Families, Family, NamedBranches};
pub use template::segments;
pub use walk::{all_schemas_in, join, schemas_in};

/// What happens to a document that deviates from the standard without harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is read as its warnings say.
    #[default]
    Lenient,
    /// It is refused: each warning is an error.
    Strict,
}

impl Spec {
    /// Reads OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0, as JSON or YAML.
    ///
    /// # Errors
    /// The errors in the document, each with its location; at most 100.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        Self::read_with(bytes, Strictness::Lenient)
    }

    /// The same, which may also refuse what does no harm.
    ///
    /// # Errors
    /// The same as for `read`.
    pub fn read_with(bytes: &[u8], strictness: Strictness) -> Result<Self, Vec<Fault>> {
        let mut source = read::Source::read(bytes)
            .map_err(|fault| vec![foreign::recognise(bytes, None).unwrap_or(fault)])?;
        if let Some(fault) = foreign::recognise(bytes, Some(&source.value)) {
            let mut faults = vec![fault];
            source.locate(&mut faults);
            return Err(faults);
        }
        let root = std::mem::take(&mut source.value);
        let tabs = std::mem::take(&mut source.warnings);
        Self::checked(root, tabs, strictness, &|faults: &mut Vec<Fault>| {
            source.locate(faults);
            faults.sort_by_key(|fault| fault.line);
        })
    }

    /// Like [`read`](Self::read), for a document that is already a value.
    ///
    /// # Errors
    /// The same as for `read`, without line numbers.
    pub fn from_value(root: Value) -> Result<Self, Vec<Fault>> {
        Self::checked(root, Vec::new(), Strictness::Lenient, &|_| {})
    }

    /// `warnings` are of the text; `locate` finds the lines of all.
    fn checked(
        mut root: Value,
        mut warnings: Vec<Fault>,
        strictness: Strictness,
        locate: &dyn Fn(&mut Vec<Fault>),
    ) -> Result<Self, Vec<Fault>> {
        let adapt::Adapted { version, origins, deviations } =
            adapt::adapt(&mut root).map_err(|fault| alone(fault, locate))?;
        let locate = |faults: &mut Vec<Fault>| {
            origins.restore(faults);
            locate(faults);
        };
        let (found, unresolved) = check::check(&mut root);
        warnings.extend(deviations.into_iter().chain(found.warnings));
        let more_warnings = found.more_warnings + warnings.len().saturating_sub(check::MAX_FAULTS);
        warnings.truncate(check::MAX_FAULTS);
        let mut faults = found.faults;
        if strictness == Strictness::Strict {
            faults.append(&mut warnings);
        }
        if !faults.is_empty() {
            faults.truncate(check::MAX_FAULTS);
            locate(&mut faults);
            return Err(faults);
        }
        normalise::normalise(&mut root);
        let mut spec = operations::extract(root, version).map_err(|fault| alone(fault, &locate))?;
        for operation in &mut spec.operations {
            operation.unresolved = unresolved.of_operation(&operation.pointer);
        }
        if !warnings.is_empty() {
            locate(&mut warnings);
        }
        Ok(Self { warnings, more_warnings, ..spec })
    }
}

/// One error, with its line.
fn alone(fault: Fault, locate: &dyn Fn(&mut Vec<Fault>)) -> Vec<Fault> {
    let mut faults = vec![fault];
    locate(&mut faults);
    faults
}
