//! A request body that must arrive in time. The deadline applies to the whole body, not to each
//! byte, so a client that sends a byte now and then cannot hold the request open.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// The body, which fails if it has not arrived completely at `until`.
pub fn in_time(body: Body, until: Instant) -> Body {
    if body.is_end_stream() {
        body
    } else {
        Body::new(InTime { inner: body, until: Box::pin(sleep_until(until)) })
    }
}

struct InTime {
    inner: Body,
    until: Pin<Box<Sleep>>,
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // The deadline first: a client that sends a byte now and then never makes the body wait.
        if self.until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new("the body did not arrive in time"))));
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
