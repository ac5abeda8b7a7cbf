//! WebSockets: the upgrade is passed on, and then the data of both sides. The call is counted once,
//! at its start.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::headers::{UPGRADES, tokens};
use super::target::{Call, Target};
use super::{Upstreams, answered};

/// How long both sides may be silent.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// How long both sides may take for the upgrade.
const CHANGE_OVER: Duration = Duration::from_secs(10);
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

pub fn is_asked(request: &Request) -> bool {
    request.headers().contains_key(UPGRADE)
        && request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && is_websocket(request.headers())
}

fn is_websocket(headers: &HeaderMap) -> bool {
    tokens(headers, &UPGRADE).any(|token| token.eq_ignore_ascii_case("websocket"))
        && tokens(headers, &CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade"))
}

fn request_upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, UPGRADES);
    headers.insert(UPGRADE, WEBSOCKET);
}

/// Sends the request on a separate connection, and connects both sides if the upstream agrees.
pub async fn exchange(
    upstreams: &Upstreams,
    target: &Target,
    call: Call<'_>,
    mut request: axum::http::Request<Body>,
    ours: OnUpgrade,
) -> Result<Response, Fault> {
    request_upgrade(request.headers_mut());
    let link = target.origin.connect(upstreams.connector.clone(), target.connect_timeout).await?;
    let (mut sender, Some(connection)) = link.into_halves() else {
        return Err(Fault::TimedOut("the connection was lost"));
    };
    let driving = upstreams.calls.spawn(connection.with_upgrades());
    let mut answer = match sender.send_request(request).await {
        Ok(answer) => answer,
        Err(cause) => {
            driving.abort();
            return Err(Fault::of(cause));
        }
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return answered(target, call, answer, None, None, false).await;
    }
    if !is_websocket(answer.headers()) {
        driving.abort();
        return Err(Fault::of("it switched to a protocol that was not requested"));
    }
    let theirs = hyper::upgrade::on(&mut answer);
    upstreams.calls.spawn(join(ours, theirs, upstreams.stop.clone()));
    let mut answer = answered(target, call, answer, None, None, false).await?;
    request_upgrade(answer.headers_mut());
    Ok(answer)
}

async fn join(ours: OnUpgrade, theirs: OnUpgrade, stop: CancellationToken) {
    let both = async { tokio::try_join!(ours, theirs) };
    let Ok(Ok((ours, theirs))) = timeout(CHANGE_OVER, both).await else { return };
    let sent = Arc::new(AtomicU64::new(0));
    let (mut ours, mut theirs) = (Counted::new(ours, &sent), Counted::new(theirs, &sent));
    // Each side notices how it ends.
    tokio::select! {
        _ = copy_bidirectional(&mut ours, &mut theirs) => {}
        () = fell_silent(&sent) => {}
        () = stop.cancelled() => {}
    }
}

async fn fell_silent(sent: &AtomicU64) {
    loop {
        let before = sent.load(Ordering::Relaxed);
        sleep(IDLE).await;
        if sent.load(Ordering::Relaxed) == before {
            return;
        }
    }
}

/// One side, which counts how often it sent something.
struct Counted {
    io: TokioIo<Upgraded>,
    sent: Arc<AtomicU64>,
}

impl Counted {
    fn new(side: Upgraded, sent: &Arc<AtomicU64>) -> Self {
        Self { io: TokioIo::new(side), sent: Arc::clone(sent) }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        if polled.is_ready() {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
