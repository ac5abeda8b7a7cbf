//! The body of a response, streamed to the caller.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures::future::poll_fn;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};

use super::fault::Broken;
use super::pool::{Link, Origin};
use super::upload::Upload;

/// Facts about a response that nobody can see, for the journal.
#[derive(Clone)]
pub struct Passed {
    /// Whether a part of it is still to come, even if its length is known.
    pub is_streamed: bool,
    upload: Option<Arc<Upload>>,
}

impl Passed {
    /// Bytes of the request's body so far.
    pub fn request_bytes(&self) -> Option<u64> {
        self.upload.as_ref().map(|upload| upload.bytes())
    }
}

/// The body of a response whose headers have arrived.
pub struct ResponseBody {
    pub inner: Incoming,
    /// The connection of the response, until it has arrived. `None` if another task drives it.
    pub link: Option<Box<Link>>,
    pub origin: Arc<Origin>,
    pub upload: Option<Arc<Upload>>,
    /// How long the upstream may send nothing.
    pub idle: Duration,
}

impl ResponseBody {
    /// The rest of the response. If all of it has already arrived, as for most, it is plain bytes.
    ///
    /// # Errors
    /// If it is already known to be broken, before anything was passed on.
    pub async fn into_body(mut self) -> Result<(Body, Option<Passed>), Broken> {
        // The declared length is already known.
        let upload = self.upload.clone().filter(|upload| !upload.is_declared);
        let whole = upload.is_some().then(|| Passed { is_streamed: false, upload: upload.clone() });
        Ok(match self.read_ahead().await? {
            Ahead::Whole(body) => (body, whole),
            Ahead::Begun(held) => (
                Body::new(Passing { answer: self, held, silent: None }),
                Some(Passed { is_streamed: true, upload }),
            ),
        })
    }

    async fn read_ahead(&mut self) -> Result<Ahead, Broken> {
        if self.inner.is_end_stream() {
            poll_fn(|cx| {
                self.end(cx);
                Poll::Ready(())
            })
            .await;
            return Ok(Ahead::Whole(Body::empty()));
        }
        let Some(data) = self.ahead().await? else { return Ok(Ahead::Begun([None, None])) };
        let Some(data) = data else { return Ok(Ahead::Whole(Body::empty())) };
        if self.inner.is_end_stream() {
            return Ok(Ahead::Whole(Body::from(data)));
        }
        Ok(match self.ahead().await? {
            Some(None) => Ahead::Whole(Body::from(data)),
            Some(more) => Ahead::Begun([more, Some(data)]),
            None => Ahead::Begun([None, Some(data)]),
        })
    }

    /// What has already arrived, without waiting: data, or the end.
    async fn ahead(&mut self) -> Result<Option<Option<Bytes>>, Broken> {
        match poll_fn(|cx| Poll::Ready(self.poll_data(cx))).await {
            Poll::Ready(data) => data.transpose().map(Some),
            Poll::Pending => Ok(None),
        }
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let mut polled = Pin::new(&mut self.inner).poll_frame(cx);
            if polled.is_pending()
                && let Some(link) = &mut self.link
            {
                link.drive(cx);
                polled = Pin::new(&mut self.inner).poll_frame(cx);
            }
            return Poll::Ready(match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    self.end(cx);
                    None
                }
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers could contain what headers may not.
                    let Ok(data) = frame.into_data() else { continue };
                    if self.inner.is_end_stream() {
                        self.end(cx);
                    }
                    Some(Ok(data))
                }
                Poll::Ready(Some(Err(_))) => {
                    self.link = None;
                    Some(Err(Broken::Failed))
                }
            });
        }
    }

    /// The response has arrived: its connection may carry the next one, unless a part of the
    /// request is still to be sent.
    fn end(&mut self, cx: &mut Context<'_>) {
        if let Some(link) = self.link.take()
            && self.upload.as_ref().is_none_or(|upload| upload.is_done())
        {
            self.origin.keep(link, cx);
        }
    }
}

enum Ahead {
    Whole(Body),
    /// The available data, in reverse order.
    Begun([Option<Bytes>; 2]),
}

struct Passing {
    answer: ResponseBody,
    /// The data that was read ahead, in reverse order.
    held: [Option<Bytes>; 2],
    /// Runs while the upstream sends nothing.
    silent: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Passing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        let [second, first] = &mut this.held;
        if let Some(held) = first.take().or_else(|| second.take()) {
            return Poll::Ready(Some(Ok(Frame::data(held))));
        }
        if let Poll::Ready(polled) = this.answer.poll_data(cx) {
            if let Some(silent) = &mut this.silent {
                silent.as_mut().reset(Instant::now() + this.answer.idle);
            }
            return Poll::Ready(polled.map(|data| data.map(Frame::data)));
        }
        let idle = this.answer.idle;
        let silent = this.silent.get_or_insert_with(|| Box::pin(sleep(idle)));
        if silent.as_mut().poll(cx).is_ready() {
            this.answer.link = None;
            return Poll::Ready(Some(Err(Broken::TimedOut)));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.held.iter().all(Option::is_none) && self.answer.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let inner = self.answer.inner.size_hint();
        let held: u64 = self.held.iter().flatten().map(|data| data.len() as u64).sum();
        match inner.exact() {
            Some(exact) => SizeHint::with_exact(exact + held),
            None => SizeHint::default(),
        }
    }
}
