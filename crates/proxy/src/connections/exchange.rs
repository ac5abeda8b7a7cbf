//! The progress of a connection: requests, responses and bytes. Written only by its own task.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use super::sources::Held;

/// A response up to this size counts as sent when it is created.
const SMALL: u64 = 64 * 1024;

/// Only the connection's own task writes here, so a read value may be written incremented.
#[derive(Default)]
pub struct Activity {
    pub begun: AtomicU32,
    pub ended: AtomicU32,
    /// Bytes that were received, and bytes that the system accepted for sending.
    pub read: AtomicU64,
    pub written: AtomicU64,
    /// Whether the system's buffer was full at the last attempt to write.
    pub is_blocked: AtomicBool,
}

impl Activity {
    fn count(number: &AtomicU32) {
        number.store(number.load(Relaxed).wrapping_add(1), Relaxed);
    }

    pub fn add(number: &AtomicU64, bytes: usize) {
        number.store(number.load(Relaxed).wrapping_add(bytes as u64), Relaxed);
    }

    /// Whether a request is being read, processed or answered.
    pub fn is_busy(&self) -> bool {
        self.begun.load(Relaxed) != self.ended.load(Relaxed)
    }
}

/// A request and its response; ends when dropped.
pub struct Exchange {
    activity: Arc<Activity>,
    /// The slot among the requests of its source, if a proxy forwarded it.
    _held: Option<Held>,
}

impl Exchange {
    pub fn begin(activity: &Arc<Activity>, held: Option<Held>) -> Self {
        Activity::count(&activity.begun);
        Self { activity: Arc::clone(activity), _held: held }
    }

    /// The response, at whose end this ends.
    pub fn until_sent(self, answer: Response) -> Response {
        if answer.body().size_hint().exact().is_some_and(|length| length <= SMALL) {
            return answer;
        }
        answer.map(|inner| Body::new(Sent { inner, _exchange: self }))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        Activity::count(&self.activity.ended);
    }
}

struct Sent {
    inner: Body,
    _exchange: Exchange,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
