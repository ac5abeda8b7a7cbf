//! A metered call ends in time, because what it holds of a quota does: Redis forgets it after two minutes. So
//! a body that does not come is given up, and so is a handler that does not answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Call;
use crate::server::config::LimitsConfig;
use crate::server::{App, Error};
use crate::types::code::Code;

/// So much later than the body the answer must be there: whoever sent too slowly is told that.
const AFTER_BODY: Duration = Duration::from_secs(1);

fn of_body(limits: &LimitsConfig, call: &Call) -> Instant {
    Instant::from_std(call.began) + Duration::from_secs(limits.call_timeout_seconds.into())
}

pub fn of_answer(limits: &LimitsConfig, call: &Call) -> Instant {
    of_body(limits, call) + AFTER_BODY
}

pub fn overdue() -> Error {
    Error::new(Code::Unavailable, "The call took too long and was given up. Try again shortly.").retry_after(1)
}

/// Gives the call a body that fails when it has not come in time.
pub fn bound_body(app: &App, call: &mut Call) {
    if call.request.body().is_end_stream() {
        return;
    }
    let until = Box::pin(sleep_until(of_body(&app.config.limits, call)));
    let inner = std::mem::take(call.request.body_mut());
    *call.request.body_mut() = Body::new(InTime { inner, until });
}

struct InTime {
    inner: Body,
    until: Pin<Box<Sleep>>,
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // The time first: who sends a byte now and then never makes the body wait.
        if self.until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new("the body did not come in time"))));
        }
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
