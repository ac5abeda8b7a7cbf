//! The errors of calls that a product's server did not answer, in words for callers.

use tollgate_proxy::upstream;
use tollgate_types::code::Code;

use crate::Error;

impl From<upstream::Error> for Error {
    fn from(error: upstream::Error) -> Self {
        match error {
            upstream::Error::Path => {
                let detail = "The path contains `.` or `..` as a segment, or characters that are not valid in a path.";
                Self::new(Code::InvalidRequest, detail)
            }
            upstream::Error::Url => Self::new(
                Code::InvalidRequest,
                "The path or query contains characters that are not valid in a URL.",
            ),
            upstream::Error::Connect => {
                Self::new(Code::InvalidRequest, "The method CONNECT is not supported.")
            }
            upstream::Error::Paused(seconds) => Self::busy(
                "The product's server is not responding, so calls to it are paused. Try again shortly.",
                seconds,
            ),
            upstream::Error::Failed => Self::new(
                Code::UpstreamFailed,
                "The product's server did not send a valid response. Try again shortly.",
            ),
            upstream::Error::TimedOut => Self::new(
                Code::UpstreamTimeout,
                "The product's server did not respond in time. Try again shortly.",
            ),
            upstream::Error::TooLarge(limit) => Self::body_too_large(limit),
            upstream::Error::NoBody => {
                Self::new(Code::InvalidRequest, "The body did not arrive completely and in time.")
            }
            upstream::Error::NotRecorded(cause) => match cause.downcast::<Self>() {
                Ok(error) => *error,
                Err(cause) => Self::Internal(anyhow::Error::from_boxed(cause)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_to_record_a_call_is_reported_as_what_it_was() {
        let recorded = Error::busy("The database cannot be reached.", 3);
        let Error::Problem(problem) = Error::from(upstream::Error::NotRecorded(Box::new(recorded)))
        else {
            panic!("a problem")
        };
        assert_eq!((problem.code, problem.retry_after), (Code::Unavailable, Some(3)));
        let other = std::io::Error::other("the disk is full");
        assert!(matches!(
            Error::from(upstream::Error::NotRecorded(Box::new(other))),
            Error::Internal(_)
        ));
    }
}
