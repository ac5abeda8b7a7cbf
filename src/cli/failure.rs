//! Errors, as commands print them.

use crate::server::Error;
use crate::types::error::FieldError;

/// Formats an error as one line for a terminal.
pub fn plain(error: &Error) -> String {
    match error {
        Error::Problem(problem) => match problem.errors.as_slice() {
            // `faults` prints which fault it is, and where.
            [one] if is_of_document(one) => "The document is not valid.".to_owned(),
            _ => problem.detail.clone(),
        },
        Error::Internal(cause) => format!("{cause:#}").replace('\n', " "),
    }
}

/// The details that [`plain`] leaves out: every fault, if there are several or if they are in a
/// document.
pub fn faults(error: &Error) -> impl Iterator<Item = String> {
    let errors = match error {
        Error::Problem(problem) => problem.errors.as_slice(),
        Error::Internal(_) => &[],
    };
    let is_reported = matches!(errors, [one] if !is_of_document(one));
    errors.iter().filter(move |_| !is_reported).map(|error| {
        format!(
            "{}: {}",
            error.location.strip_prefix("document").unwrap_or(&error.location),
            error.message
        )
    })
}

fn is_of_document(error: &FieldError) -> bool {
    error.location.starts_with("document#")
}
