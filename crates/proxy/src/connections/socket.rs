//! The bytes of a connection: counted for [`Patience`](super::patience::Patience), and with our own
//! error instead of the empty response that hyper sends for invalid requests.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::exchange::Activity;
use super::refusal::{Refusal, written};
use super::{RequestHandler, Server};

pub struct Socket<A, P> {
    stream: TcpStream,
    activity: Arc<Activity>,
    server: Arc<Server<A>>,
    /// What is sent instead of hyper's own refusal, and how much of it has been sent.
    refusal: Option<(Vec<u8>, usize)>,
    /// The places that the connection occupies until the socket is closed, also after it became a
    /// WebSocket.
    _place: P,
}

impl<A: RequestHandler, P> Socket<A, P> {
    pub fn new(
        stream: TcpStream,
        activity: Arc<Activity>,
        server: Arc<Server<A>>,
        place: P,
    ) -> Self {
        Self { stream, activity, server, refusal: None, _place: place }
    }

    fn send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.activity.is_blocked.store(polled.is_pending(), Relaxed);
        if let Poll::Ready(Ok(sent)) = polled {
            Activity::add(&self.activity.written, sent);
        }
        polled
    }

    /// Sends our error instead of the `whole` that hyper wrote.
    fn refuse(&mut self, cx: &mut Context<'_>, whole: usize) -> Poll<io::Result<usize>> {
        while let Some((words, sent)) = self.refusal.take() {
            match self.send(cx, &words[sent..]) {
                Poll::Ready(Ok(more)) if more > 0 => {
                    let sent = sent + more;
                    self.refusal = (sent < words.len()).then_some((words, sent));
                }
                Poll::Pending => {
                    self.refusal = Some((words, sent));
                    return Poll::Pending;
                }
                ended => return ended,
            }
        }
        Poll::Ready(Ok(whole))
    }
}

impl<A: RequestHandler, P: Unpin> AsyncRead for Socket<A, P> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        Activity::add(&self.activity.read, buffer.filled().len() - before);
        polled
    }
}

impl<A: RequestHandler, P: Unpin> AsyncWrite for Socket<A, P> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // While one of our responses is streamed, nothing in it is a refusal.
        if self.refusal.is_none() && !self.activity.is_busy() {
            self.refusal =
                Refusal::of(bytes).map(|refusal| (written(self.server.answers.refuse(refusal)), 0));
        }
        if self.refusal.is_some() { self.refuse(cx, bytes.len()) } else { self.send(cx, bytes) }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
