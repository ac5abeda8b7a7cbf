//! Why an upstream gave no answer. Callers are told that much and no more: the cause, which may name hosts inside,
//! goes to the log.

use std::error::Error as StdError;
use std::fmt::Write;
use std::io;

use super::Outgoing;
use crate::server::Error;
use crate::types::code::Code;

type Cause = Box<dyn StdError + Send + Sync>;

#[derive(Debug)]
pub enum Fault {
    /// It could not be reached, hung up, or said what is no HTTP.
    Failed(Cause),
    TimedOut(&'static str),
    /// The caller's body was longer than the limit.
    TooLarge,
    /// The caller's body did not come.
    NoBody,
}

impl Fault {
    pub fn of(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let mut next: Option<&(dyn StdError + 'static)> = Some(&*cause);
        while let Some(error) = next {
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                return Self::TimedOut("the connection timed out");
            }
            next = error.source();
        }
        Self::Failed(cause)
    }

    /// Whether the upstream is to blame.
    pub fn is_upstreams(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::TimedOut(_))
    }

    /// What the caller is told. The cause is logged here, once.
    pub fn into_error(self, outgoing: &Named<'_>, max_body_bytes: usize) -> Error {
        match self {
            Self::Failed(cause) => {
                outgoing.log(&chain(&*cause));
                failed()
            }
            Self::TimedOut(what) => {
                outgoing.log(what);
                overdue()
            }
            Self::TooLarge => Error::body_too_large(max_body_bytes),
            Self::NoBody => Error::new(Code::InvalidRequest, "The body did not come whole and in time."),
        }
    }
}

fn failed() -> Error {
    Error::new(Code::UpstreamFailed, "The product's server gave no answer that can be passed on. Try again shortly.")
}

fn overdue() -> Error {
    Error::new(Code::UpstreamTimeout, "The product's server did not answer in time. Try again shortly.")
}

/// What a log line says of the call.
pub struct Named<'a> {
    request_id: crate::types::id::RequestId,
    product: &'a str,
    operation: &'a str,
}

impl<'a> Named<'a> {
    pub fn of(outgoing: &Outgoing<'a>) -> Self {
        Self { request_id: outgoing.request_id, product: outgoing.product, operation: outgoing.operation }
    }

    fn log(&self, cause: &str) {
        let Self { request_id, product, operation } = self;
        tracing::warn!(request_id = request_id.as_str(), product, operation, cause, "an upstream gave no answer");
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

/// How the stream of an answer ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the upstream hung up in the middle of its answer")]
    Failed,
    #[error("the upstream stopped sending in the middle of its answer")]
    TimedOut,
}

impl Broken {
    /// The reason among the causes of an error that came out of a body.
    pub fn among(error: &(dyn StdError + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref().copied())
    }

    /// What a caller is told who has got nothing of the answer yet.
    pub fn into_error(self) -> Error {
        match self {
            Self::Failed => failed(),
            Self::TimedOut => overdue(),
        }
    }
}
