//! The server's one error type. Client faults are problems with a stable code; all else is internal:
//! an opaque 500 whose cause is logged once, where it is answered.

use std::fmt;

use crate::types::code::Code;
use crate::types::error::{FieldError, UiError};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// What the caller may see, and can do something about.
    Problem(Box<Problem>),
    /// What the caller must not see.
    Internal(anyhow::Error),
}

/// A failure that is told to the caller, see RFC 9457.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    /// What happened and what to do.
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds, for `Retry-After`.
    pub retry_after: Option<u64>,
    /// For `Allow` on 405.
    pub allow: Option<String>,
}

impl Error {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem { code, detail: detail.into(), errors: Vec::new(), retry_after: None, allow: None }))
    }

    /// A problem with one field.
    pub fn field(location: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(location, code, message)])
    }

    /// `validation_failed` with every field that is wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.message.clone(),
            many => format!("{} things are not valid; each is listed with its place.", many.len()),
        };
        Self::Problem(Box::new(Problem { code: Code::ValidationFailed, detail, errors, retry_after: None, allow: None }))
    }

    pub fn body_too_large(limit: usize) -> Self {
        Self::new(Code::BodyTooLarge, format!("The body may have at most {limit} bytes."))
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what} here."))
    }

    /// The fields at fault as fields of a REST call's body; in a form they stand by themselves.
    #[must_use]
    pub fn in_body(mut self) -> Self {
        if let Self::Problem(problem) = &mut self {
            problem.errors.iter_mut().for_each(|error| error.location.insert_str(0, "body."));
        }
        self
    }

    /// The fields at fault as parameters of a REST call's query: then it is the request that could not be read.
    #[must_use]
    pub fn in_query(mut self) -> Self {
        if let Self::Problem(problem) = &mut self
            && problem.code == Code::ValidationFailed
        {
            problem.code = Code::InvalidRequest;
            problem.errors.iter_mut().for_each(|error| error.location.insert_str(0, "query."));
        }
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Self::Problem(problem) = &mut self {
            problem.retry_after = Some(seconds);
        }
        self
    }

    pub fn code(&self) -> Code {
        match self {
            Self::Problem(problem) => problem.code,
            Self::Internal(_) => Code::Internal,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => write!(f, "{}: {}", problem.code.as_str(), problem.detail),
            Self::Internal(cause) => write!(f, "internal: {cause:#}"),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        if is_away(&cause) {
            tracing::warn!(%cause, "the database cannot be reached");
            return Self::new(Code::Unavailable, "The database cannot be reached at the moment. Try again shortly.").retry_after(1);
        }
        Self::Internal(cause.into())
    }
}

/// Whether the database is away, starting, stopping or overrun: then the caller may try again, which an
/// internal error would not tell.
fn is_away(cause: &sqlx::Error) -> bool {
    match cause {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // PostgreSQL's classes 08 (connection), 53 (resources) and 57P (operator intervention).
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "53", "57P"].iter().any(|class| code.len() == 5 && code.starts_with(class)))
        }
        _ => false,
    }
}

impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<Error> for UiError {
    /// Logs an internal cause, under an id that the page shows.
    fn from(error: Error) -> Self {
        super::session::answer_with(error.code());
        match error {
            Error::Problem(problem) => Self { code: problem.code, message: problem.detail, fields: problem.errors, request_id: None },
            Error::Internal(cause) => {
                let request_id = super::session::request_id();
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
