//! Errors of server functions.

use super::{answer_with, request_id};
use crate::actions::error::UiError;
use crate::server::Error;
use crate::types::code::Code;

impl From<Error> for UiError {
    /// Logs an internal cause, under an id that the page shows.
    fn from(error: Error) -> Self {
        let retry_after =
            if let Error::Problem(problem) = &error { problem.retry_after } else { None };
        answer_with(error.code(), retry_after);
        match error {
            Error::Problem(problem) => Self {
                code: problem.code,
                // The API's sentence names the list of its response.
                message: if problem.errors.len() > 1 {
                    "Some values are not valid. Each field says what is wrong.".to_owned()
                } else {
                    problem.detail
                },
                fields: problem.errors,
                request_id: None,
            },
            Error::Internal(cause) => {
                let request_id = request_id();
                tracing::error!(%request_id, cause = format!("{cause:#}"), "a server function failed");
                Self {
                    code: Code::Internal,
                    message: "Something went wrong here. Try again in a moment.".into(),
                    fields: Vec::new(),
                    request_id: Some(request_id.to_string()),
                }
            }
        }
    }
}
