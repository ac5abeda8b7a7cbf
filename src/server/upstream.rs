//! Products' own servers, and the way of a call to one: a streaming reverse proxy. The request is cleaned of what is
//! between caller and gateway, signed and sent; the answer is cleaned of what is between gateway and upstream. Bodies
//! pass as they come, either way, and none is held whole.

mod answer;
mod breaker;
mod connect;
mod fault;
mod headers;
mod path;
mod pool;
mod sign;
mod target;
mod upload;
mod websocket;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Weak};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{self, Method, StatusCode, Uri, Version};
use axum::response::Response;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

pub use answer::Passed;
pub use fault::Broken;
pub use target::{CONNECT_TIMEOUT, IDLE, Settings, TIMEOUT, Target, check};

use super::clock::Clock;
use super::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::RequestId;
use crate::types::time::Timestamp;
use answer::Answer;
use connect::Connector;
use fault::{Fault, Named};
use headers::Portal;
use pool::{Link, Origin, Unanswered};
use upload::Upload;

/// What calls to all upstreams share.
pub struct Upstreams {
    connector: Connector,
    portal: Portal,
    clock: Clock,
    /// Where a product does not say otherwise.
    max_body_bytes: usize,
    /// WebSockets, which go on when the call is answered.
    calls: TaskTracker,
    stop: CancellationToken,
    /// By their addresses; one that no product names any more is forgotten.
    origins: Mutex<HashMap<String, Weak<Origin>>>,
}

/// A call on its way out.
pub struct Outgoing<'a> {
    pub request: Request,
    /// What follows `/api/{product}`.
    pub path_and_query: &'a str,
    pub request_id: RequestId,
    pub org: &'a str,
    pub key_id: &'a str,
    pub environment: Environment,
    pub product: &'a str,
    pub operation: &'a str,
    pub source_ip: IpAddr,
    pub now: Timestamp,
}

impl Upstreams {
    /// `base_url` is where callers reach the portal; `calls` is waited for when the server stops.
    pub fn new(base_url: &Url, max_body_bytes: usize, clock: &Clock, calls: &TaskTracker) -> Self {
        Self {
            connector: connect::connector(),
            portal: Portal::at(base_url),
            clock: clock.clone(),
            max_body_bytes,
            calls: calls.clone(),
            stop: CancellationToken::new(),
            origins: Mutex::default(),
        }
    }

    /// Makes an upstream ready for calls: once for a product, not for each call. Products with the same scheme, host
    /// and port share connections and circuit breaker.
    ///
    /// # Errors
    /// For a URL that no upstream can have, see [`check`].
    pub fn target(&self, settings: &Settings<'_>) -> Result<Target> {
        Target::new(settings, self.max_body_bytes, |uri| {
            let mut origins = self.origins.lock();
            if let Some(known) = origins.get(&uri.to_string()).and_then(Weak::upgrade) {
                return known;
            }
            origins.retain(|_, origin| origin.strong_count() > 0);
            let origin = Arc::new(Origin::new(uri.clone()));
            origins.insert(uri.to_string(), Arc::downgrade(&origin));
            origin
        })
    }

    /// Ends the WebSockets, which would otherwise hold up a server that stops.
    pub fn close(&self) {
        self.stop.cancel();
    }
}

/// Sends the call to the upstream, and gives its answer as soon as the head of it is there.
///
/// # Errors
/// `upstream_failed`, `upstream_timeout` or `unavailable` where there is none; `body_too_large` and `invalid_request`
/// where the caller is at fault.
pub async fn forward(upstreams: &Upstreams, target: &Target, mut outgoing: Outgoing<'_>) -> Result<Response> {
    let uri = target.join(outgoing.path_and_query)?;
    // It would make a tunnel of the connection.
    if outgoing.request.method() == Method::CONNECT {
        return Err(Error::new(Code::InvalidRequest, "CONNECT is not passed on."));
    }
    let pass = target.origin.breaker.pass(upstreams.clock.now()).map_err(|seconds| {
        Error::new(Code::Unavailable, "The product's server does not answer at the moment and is left alone. Try again shortly.")
            .retry_after(seconds)
    })?;
    let named = Named::of(&outgoing);
    let fail = |fault: Fault| fault.into_error(&named, target.max_body_bytes);
    let product = outgoing.product;
    let upgrade = websocket::is_asked(&outgoing.request).then(|| hyper::upgrade::on(&mut outgoing.request));
    let (request, upload) = prepare(upstreams, target, outgoing, uri).map_err(fail)?;
    let answered = match upgrade {
        None => timeout(target.timeout, exchange(upstreams, target, product, request, upload.as_ref())).await,
        Some(ours) => Box::pin(timeout(target.timeout, websocket::exchange(upstreams, target, product, request, ours))).await,
    };
    let fault = match answered.unwrap_or(Err(Fault::TimedOut("no answer began in time"))) {
        Ok(answer) => {
            pass.succeeded(upstreams.clock.now());
            return Ok(answer);
        }
        Err(fault) => upload.as_ref().and_then(|upload| upload.fault()).unwrap_or(fault),
    };
    // Who waits for the rest of a slow caller's body is not to blame.
    let is_waiting = matches!(fault, Fault::TimedOut(_)) && upload.is_some_and(|upload| !upload.is_done());
    if fault.is_upstreams() && !is_waiting {
        pass.failed(upstreams.clock.now());
    }
    Err(fail(fault))
}

type Prepared = (http::Request<Body>, Option<Arc<Upload>>);

fn prepare(upstreams: &Upstreams, target: &Target, mut outgoing: Outgoing<'_>, uri: Uri) -> Result<Prepared, Fault> {
    let body = std::mem::take(outgoing.request.body_mut());
    let (body, upload) = upload::limited(body, target.max_body_bytes)?;
    let inbound = std::mem::take(outgoing.request.headers_mut());
    let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = headers::outgoing(upstreams, target, &outgoing, inbound, path_and_query);
    let mut request = http::Request::new(body);
    *request.method_mut() = std::mem::take(outgoing.request.method_mut());
    *request.headers_mut() = headers;
    *request.uri_mut() = uri;
    Ok((request, upload))
}

/// Whether doing it twice is doing it once (RFC 9110, 9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE | Method::TRACE)
}

/// Sends the request: by a connection that is open, else by a new one. What never reached the upstream is sent once
/// more, if it is idempotent.
async fn exchange(
    upstreams: &Upstreams,
    target: &Target,
    product: &str,
    mut request: http::Request<Body>,
    upload: Option<&Arc<Upload>>,
) -> Result<Response, Fault> {
    let is_head = request.method() == Method::HEAD;
    let mut may_retry = is_idempotent(request.method());
    if let Some(mut link) = target.origin.take().await {
        // An upstream may close a connection at the very moment that it is used again.
        let copy = (may_retry && upload.is_none()).then(|| head_of(&request));
        match (link.send(request).await, copy) {
            (Ok(answer), _) => return accept(target, product, answer, link, upload, is_head).await,
            // It was closed already, and so this is no second time.
            (Err(Unanswered::Unsent(unsent)), _) => request = *unsent,
            (Err(Unanswered::Silent(_)), Some(copy)) => (request, may_retry) = (copy, false),
            (Err(Unanswered::Silent(fault) | Unanswered::Broken(fault)), _) => return Err(fault),
        }
    }
    let connect = || target.origin.connect(upstreams.connector.clone(), target.connect_timeout);
    let mut link = match Box::pin(connect()).await {
        Err(_) if may_retry => Box::pin(connect()).await?,
        link => link?,
    };
    match link.send(request).await {
        Ok(answer) => accept(target, product, answer, link, upload, is_head).await,
        Err(Unanswered::Unsent(_)) => Err(Fault::of("it closed a new connection at once")),
        Err(Unanswered::Silent(fault) | Unanswered::Broken(fault)) => Err(fault),
    }
}

/// A request without a body, once more.
fn head_of(request: &http::Request<Body>) -> http::Request<Body> {
    let mut copy = http::Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

async fn accept(
    target: &Target,
    product: &str,
    answer: http::Response<Incoming>,
    mut link: Box<Link>,
    upload: Option<&Arc<Upload>>,
    is_head: bool,
) -> Result<Response, Fault> {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Fault::of("it switched to a protocol that nobody asked for"));
    }
    link.note(answer.headers());
    answered(target, product, answer, Some(link), upload, is_head).await
}

/// The answer as its caller gets it.
async fn answered(
    target: &Target,
    product: &str,
    answer: http::Response<Incoming>,
    link: Option<Box<Link>>,
    upload: Option<&Arc<Upload>>,
    is_head: bool,
) -> Result<Response, Fault> {
    let (mut parts, inner) = answer.into_parts();
    let has_length = is_head || parts.status == StatusCode::NOT_MODIFIED || inner.size_hint().exact().is_some();
    let idle = target.idle(&parts.headers);
    parts.headers = headers::answered(target, product, parts.headers, has_length);
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    let answer = Answer { inner, link, origin: Arc::clone(&target.origin), upload: upload.cloned(), idle };
    let (body, passed) = answer.into_body().await.map_err(Fault::of)?;
    if let Some(passed) = passed {
        parts.extensions.insert(passed);
    }
    Ok(Response::from_parts(parts, body))
}
