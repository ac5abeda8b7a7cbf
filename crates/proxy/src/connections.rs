//! Accepts connections, serves HTTP/1.1 on them, and closes them gracefully. `axum::serve` is not
//! used: it boxes and copies each request, which is too slow for metered calls, and limits neither
//! connections nor the wait for a request.

mod exchange;
mod patience;
mod refusal;
mod socket;
mod sources;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;
use axum::serve::Listener;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use refusal::Refusal;

use exchange::{Activity, Exchange};
use patience::Patience;
use socket::Socket;
use sources::{Held, Sources};

/// Bounds that keep strangers from using all connections of a server.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// The maximum number of connections. Further connections wait until one closes.
    pub connections: usize,
    /// How many of them are reserved for metered calls. A reserved connection that asks for
    /// anything else is refused, and one that sends no request is closed within seconds.
    pub kept: usize,
    /// The maximum number of connections per source address. A trusted proxy may open any number,
    /// and each source that it names may have this many requests in progress. A quarter of it once
    /// only reserved places are left.
    pub per_source: u32,
    /// The time in which the headers of a request must arrive, counted from the start of a
    /// connection for its first request. Like all of these times, it may take up to twice as long.
    pub head: Duration,
    /// The time after which a connection without requests is closed.
    pub idle: Duration,
    /// The time after which a connection is closed if its client reads nothing of a response.
    pub send: Duration,
}

impl Bounds {
    pub const DEFAULT: Self = Self {
        connections: 16 * 1024,
        kept: 4 * 1024,
        per_source: 1_024,
        head: Duration::from_secs(15),
        idle: Duration::from_secs(75),
        send: Duration::from_secs(60),
    };
}

impl Default for Bounds {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How long a client may send no request in a place that is reserved for metered calls.
const KEPT_IDLE: Duration = Duration::from_secs(5);

/// How often, in milliseconds, the log reports that a source has too many connections.
const LOG_EVERY: u64 = 60_000;

/// How often the log reports that all connections are in use.
const WARN: Duration = Duration::from_secs(60);

/// Handles the requests of all connections.
pub trait RequestHandler: Send + Sync + 'static {
    /// Handles a request on a connection from `peer`.
    fn answer(&self, request: Request, peer: IpAddr) -> BoxFuture<'static, Response>;

    /// The response to a request that is refused before it is processed.
    fn refuse(&self, refusal: Refusal) -> Response;

    /// Whether reserved connections may be used for this request: for metered calls and health
    /// checks.
    fn is_kept_for(&self, uri: &Uri) -> bool;

    /// Whether `peer` is a trusted proxy.
    fn is_proxy(&self, peer: IpAddr) -> bool;

    /// The source of a request that the proxy `peer` forwarded; `None` if its headers do not name
    /// one.
    fn source(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr>;
}

/// State shared by all connections.
struct Server<A> {
    answers: A,
    bounds: Bounds,
    http: http1::Builder,
    /// Connections by their addresses, and requests by the sources that proxies name.
    connections: Arc<Sources>,
    requests: Arc<Sources>,
    is_stopping: AtomicBool,
    stopping: Notify,
    began: Instant,
    /// Time of the last log line about a source with too many connections, in milliseconds after
    /// the start.
    logged_at: AtomicU64,
}

/// The places that a connection occupies.
type Place = (OwnedSemaphorePermit, Option<Held>);

/// Lets `answers` handle each request until `stop`, then completes the requests in progress.
/// Returns when the last connection is closed.
pub async fn serve<A: RequestHandler>(
    mut listener: TcpListener,
    answers: A,
    bounds: Bounds,
    stop: CancellationToken,
) {
    let mut http = http1::Builder::new();
    // Most responses are so small that copying the body to the headers costs less than two writes.
    http.writev(false);
    let server = Arc::new(Server {
        answers,
        bounds,
        http,
        connections: Arc::default(),
        requests: Arc::default(),
        is_stopping: AtomicBool::new(false),
        stopping: Notify::new(),
        began: Instant::now(),
        logged_at: AtomicU64::new(0),
    });
    let (connections, room) = (TaskTracker::new(), Arc::new(Semaphore::new(bounds.connections)));
    let accepting = async {
        let mut warned: Option<Instant> = None;
        loop {
            if room.available_permits() == 0 && warned.is_none_or(|at| at.elapsed() >= WARN) {
                warned = Some(Instant::now());
                tracing::warn!(
                    connections = bounds.connections,
                    "all connections are in use: new connections wait until one closes"
                );
            }
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
            // axum's listener, which waits a moment if no file can be opened, and continues if a
            // client is already gone.
            let (stream, peer) = Listener::accept(&mut listener).await;
            let peer = peer.ip().to_canonical();
            let (is_kept, is_proxy) =
                (room.available_permits() < bounds.kept, server.answers.is_proxy(peer));
            let most = if is_kept { bounds.per_source.div_ceil(4) } else { bounds.per_source };
            let held = if is_proxy { None } else { server.connections.acquire(peer, most) };
            if !is_proxy && held.is_none() {
                server.turn_away(&stream);
                continue;
            }
            let server = Arc::clone(&server);
            connections.spawn(serve_one(
                server,
                stream,
                Caller { peer, is_proxy, is_kept },
                (permit, held),
            ));
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop.cancelled() => {}
    }
    drop(listener);
    server.is_stopping.store(true, Ordering::SeqCst);
    server.stopping.notify_waiters();
    connections.close();
    connections.wait().await;
}

/// The source of a connection, and whether it has a reserved place.
#[derive(Clone, Copy)]
struct Caller {
    peer: IpAddr,
    is_proxy: bool,
    is_kept: bool,
}

impl<A: RequestHandler> Server<A> {
    /// Sends an error to a client with too many connections, as far as this is possible without
    /// waiting.
    fn turn_away(&self, stream: &TcpStream) {
        let _ =
            stream.try_write(&refusal::written(self.answers.refuse(Refusal::TooManyConnections)));
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let logged_at = self.logged_at.load(Ordering::Relaxed);
        let is_mine = (logged_at == 0 || now.saturating_sub(logged_at) >= LOG_EVERY)
            && self
                .logged_at
                .compare_exchange(logged_at, now.max(1), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_mine {
            tracing::warn!(
                most = self.bounds.per_source,
                "a source address has too many connections; further connections are refused. If it is your proxy, add it to TRUSTED_PROXIES; \
                 otherwise see TOLLGATE_CONNECTIONS_PER_SOURCE"
            );
        }
    }

    /// Why a request is refused before it is processed.
    fn refusal(
        &self,
        request: &hyper::Request<Incoming>,
        caller: Caller,
    ) -> Result<Option<Held>, Refusal> {
        if caller.is_kept && !self.answers.is_kept_for(request.uri()) {
            return Err(Refusal::Reserved);
        }
        if !caller.is_proxy {
            return Ok(None);
        }
        let Some(source) = self.answers.source(caller.peer, request.headers()) else {
            return Ok(None);
        };
        let most = self.bounds.per_source;
        self.requests.acquire(source, most).map(Some).ok_or(Refusal::TooManyRequests(most))
    }
}

async fn serve_one<A: RequestHandler>(
    server: Arc<Server<A>>,
    stream: TcpStream,
    caller: Caller,
    place: Place,
) {
    // Responses are small and complete: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let activity = Arc::new(Activity::default());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let refused = if caller.is_kept || caller.is_proxy {
            server.refusal(&request, caller)
        } else {
            Ok(None)
        };
        let (answering, held) = match refused {
            Ok(held) => {
                // Most calls have no body and need no buffer for one.
                let request = if request.body().is_end_stream() {
                    request.map(|_| Body::empty())
                } else {
                    request.map(Body::new)
                };
                (Ok(server.answers.answer(request, caller.peer)), held)
            }
            Err(refusal) => (Err(server.answers.refuse(refusal)), None),
        };
        let exchange = Exchange::begin(&activity, held);
        async move {
            Ok::<_, Infallible>(match answering {
                Ok(answering) => exchange.until_sent(answering.await),
                Err(mut refused) => {
                    refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    refused
                }
            })
        }
    });
    let socket = Socket::new(stream, Arc::clone(&activity), Arc::clone(&server), place);
    let mut connection =
        pin!(server.http.serve_connection(TokioIo::new(socket), service).with_upgrades());
    let mut stopping = pin!(server.stopping.notified());
    let mut patience = Patience::new(&server.bounds, caller.is_kept && !caller.is_proxy);
    let mut look = pin!(sleep(patience.step));
    let (mut is_known, mut is_ending, mut is_due) = (false, false, false);
    let served = poll_fn(|cx| {
        // Polled once per task, not once per request: the waker that it stores stays the task's
        // own.
        if !is_known {
            is_known = true;
            let _ = (stopping.as_mut().poll(cx), look.as_mut().poll(cx));
        }
        if !is_ending && server.is_stopping.load(Ordering::SeqCst) {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        // Arrived data first; otherwise a request that arrived at the last moment would be lost.
        // Hence a due check also waits for one more poll: on a machine that stalls, the time may be
        // over before the runtime has learned that the socket is readable.
        let polled = connection.as_mut().poll(cx);
        if polled.is_pending() && look.is_elapsed() {
            if is_due && patience.is_over(&activity) {
                return Poll::Ready(Ok(()));
            }
            let wait = if is_due { patience.step } else { Duration::ZERO };
            is_due = !is_due;
            look.as_mut().reset(Instant::now() + wait);
            let _ = look.as_mut().poll(cx);
        }
        polled
    });
    if let Err(cause) = served.await {
        tracing::trace!(%cause, "a connection ended with an error");
    }
}
