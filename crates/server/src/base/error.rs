//! The server's only error type. Client errors are problems with a stable code; everything else is
//! internal: an opaque 500 whose cause is logged once, when the response is built.

mod fault;

use std::fmt;

pub use fault::Fault;
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// An error that the caller may see and can act on.
    Problem(Box<Problem>),
    /// An error that the caller must not see.
    Internal(anyhow::Error),
}

/// An error that is returned to the caller, see RFC 9457.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    /// What happened and what to do next.
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds, for `Retry-After`.
    pub retry_after: Option<u64>,
    /// For `Allow` on 405.
    pub allow: Option<String>,
}

impl Error {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            allow: None,
        }))
    }

    /// A problem with one field.
    pub fn field(location: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(location, code, message)])
    }

    /// `validation_failed` with every invalid field.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.message.clone(),
            many => format!(
                "{} values are not valid; `errors` lists each with its location.",
                many.len()
            ),
        };
        Self::Problem(Box::new(Problem {
            code: Code::ValidationFailed,
            detail,
            errors,
            retry_after: None,
            allow: None,
        }))
    }

    /// An action that must be confirmed first, with `confirm`: `consequence` says what it would
    /// break.
    pub fn unconfirmed(consequence: impl Into<String>) -> Self {
        Self::field("confirm", "confirmation_required", consequence)
    }

    pub fn body_too_large(limit: usize) -> Self {
        Self::new(Code::BodyTooLarge, format!("The body may have at most {limit} bytes."))
    }

    /// 503: the request cannot be served now, but may be in `seconds`.
    pub fn busy(detail: impl Into<String>, seconds: u64) -> Self {
        Self::Problem(Box::new(Problem {
            code: Code::Unavailable,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: Some(seconds),
            allow: None,
        }))
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what} here."))
    }

    /// The faulty fields as fields of a REST call's body; in a form they have no prefix.
    #[must_use]
    pub fn in_body(mut self) -> Self {
        if let Self::Problem(problem) = &mut self {
            problem.errors.iter_mut().for_each(|error| error.location.insert_str(0, "body."));
        }
        self
    }

    /// The faulty fields as parameters of a REST call's query: then the code is `invalid_request`.
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

impl Error {
    /// The kind of failure, if it is the database's.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Problem(problem) if problem.code == Code::Unavailable => Fault::Unavailable,
            Self::Problem(_) => Fault::Other,
            Self::Internal(cause) => cause.downcast_ref().map_or(Fault::Other, Fault::of),
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

impl std::error::Error for Error {}

impl From<FieldError> for Error {
    fn from(fault: FieldError) -> Self {
        Self::fields(vec![fault])
    }
}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::Internal(cause)
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        if Fault::of(&cause).may_pass() {
            tracing::warn!(%cause, "a database statement failed");
            let detail = "The database cannot be reached or cannot store data at the moment. Try again shortly.";
            return Self::new(Code::Unavailable, detail).retry_after(1);
        }
        if is_unstorable(&cause) {
            let detail = "The request contains the character U+0000, which cannot be stored or searched for. Remove it and try again.";
            return Self::new(Code::InvalidRequest, detail);
        }
        Self::Internal(cause.into())
    }
}

/// Whether a text has a character that PostgreSQL cannot store (22021, 22P05): only callers send
/// one, in an id or a search.
fn is_unstorable(cause: &sqlx::Error) -> bool {
    matches!(cause, sqlx::Error::Database(error) if error.code().is_some_and(|code| matches!(&*code, "22021" | "22P05")))
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
