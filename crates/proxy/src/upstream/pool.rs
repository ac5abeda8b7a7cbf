//! Connections to one upstream. Each is driven by the task of the call that it carries: so a call
//! wakes no other task, and when a client disconnects, the upstream's work ends, too.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, Uri};
use futures::future::poll_fn;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};
use tower::Service;

use super::breaker::Breaker;
use super::connect::{Connector, Io};
use super::fault::Fault;

/// Idle connections to one upstream that are kept for further calls.
const MAX_IDLE: usize = 128;
/// How long one is kept, if the upstream does not set it (`Keep-Alive: timeout=…`); and the
/// maximum.
const KEEP: Duration = Duration::from_secs(15);
const KEEP_AT_MOST: Duration = Duration::from_secs(60);
/// The maximum size of a response's headers.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;

/// One scheme, host and port: shared by products with the same ones.
pub struct Origin {
    pub uri: Uri,
    pub breaker: Breaker,
    /// The most recently used one last.
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    #[expect(clippy::vec_box, reason = "they go from here to calls and back, as they are")]
    links: Vec<Box<Link>>,
    is_swept: bool,
}

/// A connection.
pub struct Link {
    sender: SendRequest<Body>,
    /// `None` once it has ended.
    connection: Option<Connection<Io, Body>>,
    keep: Duration,
    until: Instant,
}

/// Why a link did not return a response.
pub enum Unanswered {
    /// The connection was already closed; this is the request, of which nothing was sent.
    Unsent(Box<Request<Body>>),
    /// It was closed without a byte of a response.
    Silent(Fault),
    Broken(Fault),
}

impl Origin {
    pub fn new(uri: Uri) -> Self {
        Self { uri, breaker: Breaker::default(), idle: Mutex::default() }
    }

    /// A connection that is open, as far as known.
    pub async fn take(&self) -> Option<Box<Link>> {
        loop {
            let mut link = self.idle.lock().links.pop()?;
            if link.until > Instant::now() && link.is_open().await {
                return Some(link);
            }
        }
    }

    /// A new connection.
    pub async fn connect(
        &self,
        mut connector: Connector,
        within: Duration,
    ) -> Result<Box<Link>, Fault> {
        let connecting = async {
            poll_fn(|cx| connector.poll_ready(cx)).await.map_err(Fault::of)?;
            connector.call(self.uri.clone()).await.map_err(Fault::of)
        };
        let io = timeout(within, connecting)
            .await
            .map_err(|_| Fault::TimedOut("no connection was made in time"))??;
        let mut builder = Builder::new();
        builder.max_headers(MAX_HEADERS).max_header_size(MAX_HEAD);
        let (sender, connection) = builder.handshake(io).await.map_err(Fault::of)?;
        Ok(Box::new(Link {
            sender,
            connection: Some(connection),
            keep: KEEP,
            until: Instant::now(),
        }))
    }

    /// Keeps a connection whose response was read.
    pub fn keep(self: &Arc<Self>, mut link: Box<Link>, cx: &mut Context<'_>) {
        // Lets it notice that the response was read, and that the upstream wants to close it.
        link.drive(cx);
        if link.connection.is_none() || link.sender.is_closed() || link.keep.is_zero() {
            return;
        }
        let now = Instant::now();
        link.until = now + link.keep;
        let mut idle = self.idle.lock();
        if idle.links.len() < MAX_IDLE {
            idle.links.push(link);
        }
        if !std::mem::replace(&mut idle.is_swept, true) {
            tokio::spawn(sweep(Arc::clone(self)));
        }
    }
}

/// Closes unused connections, until none is left.
async fn sweep(origin: Arc<Origin>) {
    loop {
        tokio::time::sleep(KEEP).await;
        let now = Instant::now();
        let mut idle = origin.idle.lock();
        idle.links.retain(|link| link.until > now);
        if idle.links.is_empty() {
            *idle = Idle::default();
            return;
        }
    }
}

impl Link {
    async fn is_open(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(())
        })
        .await;
        self.connection.is_some() && !self.sender.is_closed()
    }

    /// Reads and writes what is possible now.
    pub fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && Pin::new(connection).poll(cx).is_ready()
        {
            self.connection = None;
        }
    }

    /// Sends the request and waits for the headers of its response.
    pub async fn send(&mut self, request: Request<Body>) -> Result<Response<Incoming>, Unanswered> {
        let mut response = pin!(self.sender.try_send_request(request));
        let mut ended: Option<bool> = None;
        let answered = poll_fn(|cx| {
            if let Some(connection) = &mut self.connection
                && ended.is_none()
                && Pin::new(connection).poll(cx).is_ready()
            {
                ended = Some(true);
            }
            response.as_mut().poll(cx)
        })
        .await;
        let mut failed: TrySendError<Request<Body>> = match answered {
            Ok(response) => {
                if ended.is_some() {
                    self.connection = None;
                }
                return Ok(response);
            }
            Err(failed) => failed,
        };
        if let Some(request) = failed.take_message() {
            return Err(Unanswered::Unsent(Box::new(request)));
        }
        let cause = failed.into_error();
        let is_silent = self
            .connection
            .take()
            .is_some_and(|connection| connection.into_parts().read_buf.is_empty());
        // Invalid HTTP has been read, even if nothing of it is left.
        let was_closed = is_silent && !cause.is_parse() && !cause.is_user();
        let fault = Fault::of(cause);
        Err(if was_closed { Unanswered::Silent(fault) } else { Unanswered::Broken(fault) })
    }

    /// Reads how long the upstream keeps the connection: one second less, because the next call
    /// takes time to arrive.
    pub fn note(&mut self, headers: &HeaderMap) {
        let Some(text) = headers.get("keep-alive").and_then(|value| value.to_str().ok()) else {
            return;
        };
        let seconds = text
            .split(',')
            .find_map(|part| part.trim().strip_prefix("timeout=")?.parse::<u64>().ok());
        if let Some(seconds) = seconds {
            self.keep = Duration::from_secs(seconds.saturating_sub(1)).min(KEEP_AT_MOST);
        }
    }

    /// The upgraded connection, for the time after HTTP.
    pub fn into_halves(self) -> (SendRequest<Body>, Option<Connection<Io, Body>>) {
        (self.sender, self.connection)
    }
}
