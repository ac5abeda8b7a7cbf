//! Client packages that are generated from a document: plain JavaScript with types, and Python.
//! They have no dependencies, so installing one downloads nothing else. The text of a document
//! becomes part of their programs only as literals, comments and validated names.

mod bounds;
mod calls;
mod model;
mod names;
mod package;
mod python;
mod replies;
mod signatures;
mod typescript;

use crate::spec::Spec;

pub use bounds::TooLarge;
pub use package::{ClientInfo, File, archive};
pub use python::python;
pub use typescript::typescript;

/// Changes whenever the same document gives another package, so that stored packages are generated
/// again.
pub const GENERATION: u32 = 2;

/// Generates the files of a package in one language.
pub type Generator = fn(&Spec, &ClientInfo) -> Result<Vec<File>, TooLarge>;

#[cfg(test)]
mod tests;
