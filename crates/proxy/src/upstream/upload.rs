//! The caller's body, streamed to the upstream, and cut off at the limit.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

use super::fault::Fault;

/// The progress of the body. Read elsewhere only after the connection failed or ended, by the same
/// task.
#[derive(Debug, Default)]
pub struct Upload {
    /// Whether the caller declared its length.
    pub is_declared: bool,
    state: AtomicU8,
    bytes: AtomicU64,
}

/// Zero for a body in progress.
const DONE: u8 = 1;
const TOO_LARGE: u8 = 2;
const NO_BODY: u8 = 3;

impl Upload {
    pub fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) == DONE
    }

    /// Bytes that were read from the caller so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    /// Why the caller's body ended early.
    pub fn fault(&self) -> Option<Fault> {
        match self.state.load(Ordering::Acquire) {
            TOO_LARGE => Some(Fault::TooLarge),
            NO_BODY => Some(Fault::NoBody),
            _ => None,
        }
    }
}

/// `body` as it may be sent, and its progress. `None` without a body.
///
/// # Errors
/// If its declared length is above `limit`.
pub fn limited(body: Body, limit: usize) -> Result<(Body, Option<Arc<Upload>>), Fault> {
    if body.is_end_stream() {
        return Ok((Body::empty(), None));
    }
    let limit = limit as u64;
    if body.size_hint().lower() > limit {
        return Err(Fault::TooLarge);
    }
    let upload =
        Arc::new(Upload { is_declared: body.size_hint().exact().is_some(), ..Upload::default() });
    Ok((Body::new(Limited { inner: body, left: limit, upload: Arc::clone(&upload) }), Some(upload)))
}

struct Limited {
    inner: Body,
    left: u64,
    upload: Arc<Upload>,
}

impl Limited {
    fn end(&self, state: u8) {
        self.upload.state.store(state, Ordering::Release);
    }
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(cx)) else {
                self.end(DONE);
                return Poll::Ready(None);
            };
            let data = match frame.map(Frame::into_data) {
                Ok(Ok(data)) => data,
                // Trailers could contain what headers may not.
                Ok(Err(_)) => continue,
                Err(error) => {
                    self.end(NO_BODY);
                    return Poll::Ready(Some(Err(error)));
                }
            };
            let length = data.len() as u64;
            self.upload.bytes.fetch_add(length, Ordering::AcqRel);
            let Some(left) = self.left.checked_sub(length) else {
                self.end(TOO_LARGE);
                return Poll::Ready(Some(Err(axum::Error::new("the body is too large"))));
            };
            self.left = left;
            if self.inner.is_end_stream() {
                self.end(DONE);
            }
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
