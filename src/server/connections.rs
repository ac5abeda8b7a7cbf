//! Connections: accepted, served by HTTP/1.1, and ended in good order. Not by `axum::serve`, which boxes and copies each
//! request more often than a metered call can afford, and bounds neither connections nor the wait for a request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What keeps strangers from holding a server's connections.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Connections at the same time. More wait until one is closed.
    pub connections: usize,
    /// A connection is closed that was not asked anything for so long, or for up to twice as long. That holds for one whose
    /// request does not come whole, too: as long as its head is not there, nothing is asked.
    pub idle: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: 16 * 1024, idle: Duration::from_secs(75) }
    }
}

/// Of an answer as small as this it is supposed that it is on its way when it is made.
const SMALL: u64 = 64 * 1024;

/// What all connections know.
struct Server<A> {
    answer: A,
    idle: Duration,
    http: http1::Builder,
    is_stopping: AtomicBool,
    told: Notify,
}

/// Has `answer` answer each request, of which it is told whence its connection came, until `stop`; then what has been asked is
/// still answered. Returns when the last connection is closed.
pub async fn serve<A>(mut listener: TcpListener, answer: A, bounds: Bounds, stop: CancellationToken)
where
    A: Fn(Request, IpAddr) -> BoxFuture<'static, Response> + Send + Sync + 'static,
{
    let mut http = http1::Builder::new();
    // Most answers are so small that copying the body to the head costs less than sending two pieces.
    http.writev(false);
    let server = Arc::new(Server { answer, idle: bounds.idle, http, is_stopping: AtomicBool::new(false), told: Notify::new() });
    let (connections, room) = (TaskTracker::new(), Arc::new(Semaphore::new(bounds.connections)));
    let accepting = async {
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            // axum's, which waits a moment where no file can be opened and goes on where a caller was gone already.
            let (stream, peer) = Listener::accept(&mut listener).await;
            let server = Arc::clone(&server);
            connections.spawn(async move {
                let _place = place;
                serve_one(server, stream, peer.ip()).await;
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop.cancelled() => {}
    }
    drop(listener);
    server.is_stopping.store(true, Ordering::SeqCst);
    server.told.notify_waiters();
    connections.close();
    connections.wait().await;
}

async fn serve_one<A>(server: Arc<Server<A>>, stream: TcpStream, peer: IpAddr)
where
    A: Fn(Request, IpAddr) -> BoxFuture<'static, Response> + Send + Sync + 'static,
{
    // Answers are small and complete: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let exchanges = Arc::new(Exchanges::default());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let exchange = Exchange::begin(&exchanges);
        // Most calls have no body, and then need no room for one.
        let request = if request.body().is_end_stream() { request.map(|_| Body::empty()) } else { request.map(Body::new) };
        let answering = (server.answer)(request, peer);
        async move { Ok::<_, Infallible>(exchange.until_sent(answering.await)) }
    });
    let mut connection = pin!(server.http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let mut told = pin!(server.told.notified());
    let mut idle = pin!(sleep(server.idle));
    let (mut is_known, mut is_ending, mut begun) = (false, false, 0);
    let served = poll_fn(|cx| {
        // What wakes this task is asked once, for the waker it is left with stays the task's own: not with each request.
        if !is_known {
            is_known = true;
            let _ = (told.as_mut().poll(cx), idle.as_mut().poll(cx));
        }
        if !is_ending && server.is_stopping.load(Ordering::SeqCst) {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        // First what has come, or a request that came at the last moment would be lost.
        let polled = connection.as_mut().poll(cx);
        if polled.is_pending() && idle.is_elapsed() {
            if exchanges.are_over(begun) {
                return Poll::Ready(Ok(()));
            }
            begun = exchanges.begun.load(Ordering::Relaxed);
            idle.as_mut().reset(Instant::now() + server.idle);
            let _ = idle.as_mut().poll(cx);
        }
        polled
    });
    if let Err(cause) = served.await {
        tracing::trace!(%cause, "a connection ended badly");
    }
}

/// How many requests a connection had, and how many of them were answered. Only its own task counts, so what is read may
/// be written one higher.
#[derive(Default)]
struct Exchanges {
    begun: AtomicU32,
    ended: AtomicU32,
}

impl Exchanges {
    fn count(number: &AtomicU32) {
        number.store(number.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Whether nothing goes on and nothing has begun since `begun`.
    fn are_over(&self, begun: u32) -> bool {
        self.begun.load(Ordering::Relaxed) == begun && self.ended.load(Ordering::Relaxed) == begun
    }
}

/// A request and its answer; ended when this is dropped.
struct Exchange(Arc<Exchanges>);

impl Exchange {
    fn begin(exchanges: &Arc<Exchanges>) -> Self {
        Exchanges::count(&exchanges.begun);
        Self(Arc::clone(exchanges))
    }

    /// The answer, until whose end this goes on.
    fn until_sent(self, answer: Response) -> Response {
        if answer.body().size_hint().exact().is_some_and(|length| length <= SMALL) {
            return answer;
        }
        answer.map(|inner| Body::new(Sent { inner, _exchange: self }))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        Exchanges::count(&self.0.ended);
    }
}

struct Sent {
    inner: Body,
    _exchange: Exchange,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(30);

    /// Answers `/slow` bit by bit, and all else at once.
    async fn answer(request: Request, peer: IpAddr) -> Response {
        if request.uri().path() != "/slow" {
            return peer.to_string().into_response();
        }
        let parts = futures::stream::unfold(0, async |part| {
            sleep(SOON).await;
            (part < 20).then_some((Ok::<_, Infallible>("."), part + 1))
        });
        Body::from_stream(parts).into_response()
    }

    /// Connections that have asked these before they are accepted, and what stops their server.
    async fn ask(bounds: Bounds, asked: &[&str]) -> (Vec<TcpStream>, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut streams = Vec::new();
        for asked in asked {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            stream.write_all(asked.as_bytes()).await.unwrap();
            streams.push(stream);
        }
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, |request, peer| Box::pin(answer(request, peer)), bounds, stop.clone()));
        (streams, stop, serving)
    }

    /// All that comes until the other side closes the connection.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        timeout(Duration::from_secs(20), stream.read_to_string(&mut text)).await.expect("it is closed").unwrap();
        text
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const SLOW: &str = "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n";

    #[tokio::test]
    async fn a_connection_that_asks_nothing_or_not_to_the_end_is_closed_after_a_while() {
        let bounds = Bounds { idle: SOON, ..Bounds::default() };
        let (mut streams, ..) = ask(bounds, &["", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\n", WHOLE]).await;
        for (i, stream) in streams.iter_mut().enumerate() {
            let text = rest(stream).await;
            assert_eq!((text.is_empty(), text.ends_with("127.0.0.1")), (i < 3, i == 3), "{text}");
        }
    }

    #[tokio::test]
    async fn an_answer_may_take_its_time() {
        let (mut streams, ..) = ask(Bounds { idle: SOON, ..Bounds::default() }, &[SLOW]).await;
        let text = rest(&mut streams[0]).await;
        assert!(text.matches("1\r\n.\r\n").count() == 20 && text.ends_with("0\r\n\r\n"), "{text}");
    }

    #[tokio::test]
    async fn who_finds_no_place_waits_until_a_connection_is_closed() {
        let (mut streams, ..) = ask(Bounds { connections: 1, ..Bounds::default() }, &[SLOW, WHOLE]).await;
        streams[0].read_exact(&mut [0; 12]).await.unwrap();
        assert!(streams[1].try_read(&mut [0; 12]).is_err(), "answered beside the first");
        drop(streams.remove(0));
        streams[0].read_exact(&mut [0; 12]).await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_is_stopped_closes_what_is_idle_and_ends_what_is_not() {
        let (mut streams, stop, serving) = ask(Bounds::default(), &[SLOW, WHOLE]).await;
        for stream in &mut streams {
            stream.read_exact(&mut [0; 12]).await.unwrap();
        }
        stop.cancel();
        assert!(rest(&mut streams[1]).await.ends_with("127.0.0.1"));
        assert!(rest(&mut streams[0]).await.ends_with("0\r\n\r\n"));
        serving.await.unwrap();
    }
}
