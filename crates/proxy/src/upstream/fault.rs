//! Why an upstream did not respond. Callers get only an [`Error`]: the cause, which may name
//! internal hosts, is logged.

use std::error::Error as StdError;
use std::fmt::Write;
use std::io;

use tollgate_types::id::RequestId;

use super::outgoing::{Cause, Outgoing};

/// Why a call has no response.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the path may lead out of the upstream's base path")]
    Path,
    #[error("the path or query is not valid in a URL")]
    Url,
    /// It would turn the connection into a tunnel.
    #[error("the method CONNECT is not supported")]
    Connect,
    #[error("the upstream is not responding, so calls to it are paused for {0} s")]
    Paused(u64),
    #[error("the upstream did not send a valid response")]
    Failed,
    #[error("the upstream did not respond in time")]
    TimedOut,
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    #[error("the body did not arrive completely and in time")]
    NoBody,
    /// It was not sent, because that could not be recorded.
    #[error(transparent)]
    NotRecorded(Cause),
}

#[derive(Debug)]
pub enum Fault {
    /// It could not be reached, closed the connection, or sent invalid HTTP.
    Failed(Cause),
    TimedOut(&'static str),
    /// The caller's body was longer than the limit.
    TooLarge,
    /// The caller's body did not arrive.
    NoBody,
    /// It was not sent, because the attempt could not be recorded.
    NotRecorded(Cause),
}

impl Fault {
    pub fn of(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let mut next: Option<&(dyn StdError + 'static)> = Some(&*cause);
        while let Some(error) = next {
            if error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
            {
                return Self::TimedOut("the connection timed out");
            }
            next = error.source();
        }
        Self::Failed(cause)
    }

    /// Whether the upstream is at fault.
    pub fn is_upstreams(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::TimedOut(_))
    }

    /// The error for the caller. The cause is logged here, once.
    pub fn into_error(self, outgoing: &Named<'_>, max_body_bytes: usize) -> Error {
        match self {
            Self::Failed(cause) => {
                outgoing.log(&chain(&*cause));
                Error::Failed
            }
            Self::TimedOut(what) => {
                outgoing.log(what);
                Error::TimedOut
            }
            Self::TooLarge => Error::TooLarge(max_body_bytes),
            Self::NotRecorded(cause) => Error::NotRecorded(cause),
            Self::NoBody => Error::NoBody,
        }
    }
}

/// The fields of a log line about the call.
pub struct Named<'a> {
    request_id: RequestId,
    product: &'a str,
    operation: &'a str,
}

impl<'a> Named<'a> {
    pub fn of(outgoing: &Outgoing<'a>) -> Self {
        Self {
            request_id: outgoing.request_id,
            product: outgoing.product,
            operation: outgoing.operation,
        }
    }

    fn log(&self, cause: &str) {
        let Self { request_id, product, operation } = self;
        tracing::warn!(
            request_id = request_id.as_str(),
            product,
            operation,
            cause,
            "an upstream did not respond"
        );
    }
}

fn chain(cause: &dyn StdError) -> String {
    let mut text = cause.to_string();
    let mut next = cause.source();
    while let Some(error) = next {
        let _ = write!(text, ": {error}");
        next = error.source();
    }
    text
}

/// How the stream of a response ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the upstream closed the connection in the middle of its response")]
    Failed,
    #[error("the upstream stopped sending in the middle of its response")]
    TimedOut,
}

impl Broken {
    /// The reason among the causes of a body's error.
    pub fn among(error: &(dyn StdError + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |&error| error.source())
            .find_map(|error| error.downcast_ref().copied())
    }
}

impl From<Broken> for Error {
    /// For a caller who has received nothing of the response yet.
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Failed => Self::Failed,
            Broken::TimedOut => Self::TimedOut,
        }
    }
}
