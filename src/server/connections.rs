//! Connections: accepted, served by HTTP/1.1, and ended in good order. Not by `axum::serve`, which boxes and copies each
//! request more often than a metered call can afford, and bounds neither connections nor the wait for a request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::router::Front;

/// Connections at the same time. More wait until one is closed.
const MOST: usize = 16 * 1024;

/// How long a connection waits for the whole head of a request; so it is closed when it is idle as long.
const HEAD: Duration = Duration::from_secs(75);

/// How long nothing is accepted after that has failed, as it does when no file can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// What all connections know.
struct Server {
    front: Front,
    http: http1::Builder,
    is_stopping: AtomicBool,
    told: Notify,
}

/// Serves until `stop`; then answers what has been asked, and returns when the last connection is closed.
pub async fn serve(listener: TcpListener, front: Front, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let server = Arc::new(Server { front, http, is_stopping: AtomicBool::new(false), told: Notify::new() });
    let (connections, room) = (TaskTracker::new(), Arc::new(Semaphore::new(MOST)));
    let accepting = async {
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let server = Arc::clone(&server);
                    connections.spawn(async move {
                        let _place = place;
                        serve_one(server, stream, peer).await;
                    });
                }
                Err(cause) => {
                    tracing::warn!(%cause, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
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

async fn serve_one(server: Arc<Server>, stream: TcpStream, peer: SocketAddr) {
    // Answers are small and complete: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let server = Arc::clone(&server);
        // Boxed, because hyper copies the future, in which all of a call is kept.
        Box::pin(async move {
            // Most calls have no body, and then need no room for one.
            let request = if request.body().is_end_stream() { request.map(|_| Body::empty()) } else { request.map(Body::new) };
            Ok::<_, Infallible>(server.front.answer(request, peer.ip()).await)
        })
    });
    let mut connection = pin!(server.http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let mut told = pin!(server.told.notified());
    let (mut is_listening, mut is_ending) = (false, false);
    let served = poll_fn(|cx| {
        if !is_listening {
            // Once: the waker it is left with stays the task's own.
            is_listening = true;
            let _ = told.as_mut().poll(cx);
        }
        if !is_ending && server.is_stopping.load(Ordering::SeqCst) {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    if let Err(cause) = served.await {
        tracing::trace!(%cause, "a connection ended badly");
    }
}
