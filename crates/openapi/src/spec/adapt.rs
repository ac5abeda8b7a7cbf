//! Converts what other versions of OpenAPI and lenient tools write differently, before a document
//! is checked.

mod methods;
mod own_url;
mod written_out;

use serde_json::Value;

use super::check::plain;
use super::model::Fault;
use super::origins::Origins;
use super::read::{MAX_DEPTH, is_shallow};
use super::swagger2;

/// What the conversion has to remember.
#[derive(Debug, Default)]
pub struct Adapted {
    /// The version as the author wrote it: `3.0.3`.
    pub version: String,
    pub origins: Origins,
    /// Deviations from the standard, each with how it is read. Their pointers, like those of the
    /// check, are of the converted document.
    pub deviations: Vec<Fault>,
}

/// # Errors
/// Fails if the document cannot be converted.
pub fn adapt(root: &mut Value) -> Result<Adapted, Fault> {
    let version = root.get("swagger").or_else(|| root.get("openapi")).map(plain);
    let mut adapted = Adapted { version: version.unwrap_or_default(), ..Adapted::default() };
    // The check reports it. The functions below are recursive.
    if !is_shallow(root, MAX_DEPTH) {
        return Ok(adapted);
    }
    if swagger2::is_swagger2(root) {
        adapted.origins = swagger2::convert(root)?;
    }
    own_url::make_local(root);
    adapted.deviations = methods::tidy(root);
    adapted.deviations.extend(written_out::write_out(root, &mut adapted.origins));
    Ok(adapted)
}
