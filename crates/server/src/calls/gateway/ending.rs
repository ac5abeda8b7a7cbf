//! The end of a streamed response, after the call was recorded in the journal: a second record with
//! how much was sent, how long it took, and why it ended.

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tollgate_proxy::upstream::{Broken, Passed};
use tollgate_types::environment::Environment;
use tollgate_types::log::{AnsweredBy, Ended};
use tollgate_types::product::PLATFORM;

use super::Call;
use crate::App;
use crate::journal::{LIMITS, Record, Texts};
use crate::keys::KeyEntry;
use crate::products::{Operation, Product};

/// Whether the length of the response is only known after it has been sent.
pub fn is_streamed(answer: &Response) -> bool {
    answer.body().size_hint().exact().is_none()
        || answer.extensions().get::<Passed>().is_some_and(|passed| passed.is_streamed)
}

/// The bytes of the request so far: counted if possible, otherwise as declared in its headers.
pub fn request_bytes(call: &Call, answer: &Response) -> u64 {
    let counted = answer.extensions().get::<Passed>().and_then(Passed::request_bytes);
    counted.unwrap_or(call.request_bytes)
}

/// The streamed response, which records its end.
pub fn watch(app: &App, call: &Call, mut answer: Response) -> Response {
    let request_bytes = request_bytes(call, &answer);
    let end = End {
        app: app.clone(),
        request_id: call.request_id.value(),
        environment: call.environment(),
        status: answer.status().as_u16(),
        at_ms: call.now.0,
        began: call.began,
        key: call.key.clone(),
        product: call.product.clone(),
        operation: call.operation.clone(),
        answered_by: call.answered_by,
        passed: answer.extensions_mut().remove::<Passed>(),
        request_bytes,
    };
    answer.map(|inner| Body::new(Watched { inner, bytes: 0, end: Some(Box::new(end)) }))
}

struct End {
    app: App,
    request_id: u128,
    environment: Environment,
    status: u16,
    at_ms: i64,
    began: Instant,
    key: Option<Arc<KeyEntry>>,
    product: Option<Arc<Product>>,
    operation: Option<Arc<Operation>>,
    answered_by: AnsweredBy,
    passed: Option<Passed>,
    /// As first recorded.
    request_bytes: u64,
}

impl End {
    fn record(&self, bytes: u64, ended: Ended) {
        let counted = self.passed.as_ref().and_then(Passed::request_bytes);
        let record = Record {
            is_end: true,
            ended,
            request_id: self.request_id,
            environment: self.environment,
            status: self.status,
            at_ms: self.at_ms,
            latency_us: u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
            checks_us: 0,
            handler_us: 0,
            request_bytes: counted.map_or(0, |counted| counted.saturating_sub(self.request_bytes)),
            response_bytes: bytes,
            units: 0,
            billed_units: 0,
            price_nano: 0,
            quota: None,
            limits_used: [0; LIMITS],
            answered_by: self.answered_by,
            source_ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            texts: Texts {
                org_id: self.key.as_ref().map_or("", |key| key.org.as_str()),
                key_id: self.key.as_ref().map_or("", |key| key.id.as_str()),
                product: self.product.as_ref().map_or(PLATFORM, |product| &product.id),
                operation: self.operation.as_ref().map_or("", |operation| operation.id.as_str()),
                ..Texts::default()
            },
        };
        self.app.journal.append_end(&record);
    }
}

struct Watched {
    inner: Body,
    bytes: u64,
    /// `None` after it was recorded.
    end: Option<Box<End>>,
}

impl Watched {
    fn end(&mut self, ended: Ended) {
        if let Some(end) = self.end.take() {
            end.record(self.bytes, ended);
        }
    }
}

/// If it is dropped before its end, the client has disconnected.
impl Drop for Watched {
    fn drop(&mut self) {
        self.end(Ended::Aborted);
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &polled {
            None => self.end(Ended::Complete),
            Some(Err(cause)) => self.end(why(cause)),
            Some(Ok(frame)) => {
                self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.inner.is_end_stream() {
                    self.end(Ended::Complete);
                }
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn why(cause: &axum::Error) -> Ended {
    match Broken::among(cause) {
        Some(Broken::TimedOut) => Ended::TimedOut,
        Some(Broken::Failed) | None => Ended::UpstreamFailed,
    }
}
