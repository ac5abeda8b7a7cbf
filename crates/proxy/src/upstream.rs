//! Products' own servers: a streaming reverse proxy. Hop-by-hop headers of the request and the
//! response are removed, and the request is signed. Bodies are streamed in both directions; none is
//! buffered completely.

mod breaker;
mod connect;
mod fault;
mod headers;
mod outgoing;
mod path;
mod pool;
mod response_body;
mod sign;
mod target;
mod upload;
mod websocket;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use axum::body::{Body, HttpBody};
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{self, HeaderValue, Method, StatusCode, Uri, Version};
use axum::response::Response;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tollgate_types::time::Timestamp;
use url::Url;

pub use fault::{Broken, Error};
pub use outgoing::{Cause, Outgoing, Sending};
pub use response_body::Passed;
pub use target::{CONNECT_TIMEOUT, IDLE, Settings, TIMEOUT, Target, check};

use connect::Connector;
use fault::{Fault, Named};
use headers::Portal;
use pool::{Link, Origin, Unanswered};
use response_body::ResponseBody;
use target::Call;
use upload::Upload;

/// State shared by the calls to all upstreams.
pub struct Upstreams {
    connector: Connector,
    portal: Portal,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// For products without own settings.
    max_body_bytes: usize,
    /// WebSockets, which continue after the response to the call.
    calls: TaskTracker,
    stop: CancellationToken,
    /// By address; one that no product uses any more is removed.
    origins: Mutex<HashMap<String, Weak<Origin>>>,
}

impl Upstreams {
    /// `base_url` is the portal's URL for callers; `now` is the clock; a stopping server waits for
    /// `calls`.
    pub fn new(
        base_url: &Url,
        max_body_bytes: usize,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        calls: &TaskTracker,
    ) -> Self {
        Self {
            connector: connect::connector(),
            portal: Portal::at(base_url),
            now: Box::new(now),
            max_body_bytes,
            calls: calls.clone(),
            stop: CancellationToken::new(),
            origins: Mutex::default(),
        }
    }

    /// Prepares an upstream, once per product rather than per call. Products with the same scheme,
    /// host and port share connections and circuit breaker.
    ///
    /// # Errors
    /// For a URL that an upstream cannot have, see [`check`].
    pub fn target(&self, settings: &Settings<'_>) -> Result<Target, &'static str> {
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

    /// Ends the WebSockets, which would otherwise delay a stopping server.
    pub fn close(&self) {
        self.stop.cancel();
    }
}

/// Sends the call to the upstream, and returns its response as soon as its headers have arrived.
///
/// # Errors
/// Why there is no response, also for faults of the caller.
pub async fn forward(
    upstreams: &Upstreams,
    target: &Target,
    mut outgoing: Outgoing<'_>,
) -> Result<Response, Error> {
    let uri = target.join(outgoing.path_and_query)?;
    if outgoing.request.method() == Method::CONNECT {
        return Err(Error::Connect);
    }
    let pass = target.origin.breaker.pass((upstreams.now)()).map_err(Error::Paused)?;
    let named = Named::of(&outgoing);
    let fail = |fault: Fault| fault.into_error(&named, target.max_body_bytes);
    let requested = uri.clone();
    let (call, sending) = (Call { product: outgoing.product, uri: &requested }, outgoing.sending);
    let upgrade =
        websocket::is_asked(&outgoing.request).then(|| hyper::upgrade::on(&mut outgoing.request));
    let (request, upload) = prepare(upstreams, target, outgoing, uri).map_err(fail)?;
    let answered = match upgrade {
        None => {
            timeout(
                target.timeout,
                exchange(upstreams, target, call, request, upload.as_ref(), sending),
            )
            .await
        }
        Some(ours) => {
            Box::pin(timeout(
                target.timeout,
                websocket::exchange(upstreams, target, call, request, ours),
            ))
            .await
        }
    };
    let fault = match answered.unwrap_or(Err(Fault::TimedOut("no response started in time"))) {
        Ok(answer) => {
            pass.succeeded((upstreams.now)());
            return Ok(answer);
        }
        Err(fault) => upload.as_ref().and_then(|upload| upload.fault()).unwrap_or(fault),
    };
    // An upstream that waits for the rest of a slow caller's body is not at fault.
    let is_waiting =
        matches!(fault, Fault::TimedOut(_)) && upload.is_some_and(|upload| !upload.is_done());
    if fault.is_upstreams() && !is_waiting {
        pass.failed((upstreams.now)());
    }
    Err(fail(fault))
}

type Prepared = (http::Request<Body>, Option<Arc<Upload>>);

fn prepare(
    upstreams: &Upstreams,
    target: &Target,
    mut outgoing: Outgoing<'_>,
    uri: Uri,
) -> Result<Prepared, Fault> {
    let body = std::mem::take(outgoing.request.body_mut());
    let (body, upload) = upload::limited(body, target.max_body_bytes)?;
    let inbound = std::mem::take(outgoing.request.headers_mut());
    let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = headers::outgoing(upstreams, target, &outgoing, inbound, path_and_query);
    let mut request = http::Request::new(body);
    *request.method_mut() = std::mem::take(outgoing.request.method_mut());
    *request.headers_mut() = headers;
    *request.uri_mut() = uri;
    frame(&mut request);
    Ok((request, upload))
}

/// Sets the length of the body where hyper would omit it.
fn frame(request: &mut http::Request<Body>) {
    let is_empty = request.body().is_end_stream();
    match request.method().clone() {
        // If a method usually has a body, servers expect `Content-Length: 0` without one; otherwise
        // they respond with 411.
        Method::POST | Method::PUT | Method::PATCH if is_empty => {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        // For other methods, a body of unknown length would be omitted.
        Method::GET | Method::HEAD if !is_empty && request.body().size_hint().exact().is_none() => {
            request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        _ => {}
    }
}

/// Whether the method is idempotent (RFC 9110, 9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE | Method::TRACE
    )
}

/// Sends the request on an open connection or a new one. An idempotent request that did not reach
/// the upstream is sent once more.
async fn exchange(
    upstreams: &Upstreams,
    target: &Target,
    call: Call<'_>,
    mut request: http::Request<Body>,
    upload: Option<&Arc<Upload>>,
    sending: Option<&dyn Sending>,
) -> Result<Response, Fault> {
    let is_head = request.method() == Method::HEAD;
    let mut may_retry = is_idempotent(request.method());
    if let Some(mut link) = target.origin.take().await {
        // An upstream may close a connection at the moment when it is reused. A call that may be
        // sent only once is not repeated then: it is unknown how far it got.
        let copy = (may_retry && upload.is_none() && sending.is_none()).then(|| head_of(&request));
        begin(sending).await?;
        match (link.send(request).await, copy) {
            (Ok(answer), _) => return accept(target, call, answer, link, upload, is_head).await,
            // The connection was already closed, so this is the first attempt.
            (Err(Unanswered::Unsent(unsent)), _) => {
                request = *unsent;
                take_back(sending);
            }
            (Err(Unanswered::Silent(_)), Some(copy)) => (request, may_retry) = (copy, false),
            (Err(Unanswered::Silent(fault) | Unanswered::Broken(fault)), _) => return Err(fault),
        }
    }
    let connect = || target.origin.connect(upstreams.connector.clone(), target.connect_timeout);
    let mut link = match Box::pin(connect()).await {
        Err(_) if may_retry => Box::pin(connect()).await?,
        link => link?,
    };
    begin(sending).await?;
    match link.send(request).await {
        Ok(answer) => accept(target, call, answer, link, upload, is_head).await,
        Err(Unanswered::Unsent(_)) => {
            take_back(sending);
            Err(Fault::of("it closed a new connection immediately"))
        }
        Err(Unanswered::Silent(fault) | Unanswered::Broken(fault)) => Err(fault),
    }
}

async fn begin(sending: Option<&dyn Sending>) -> Result<(), Fault> {
    match sending {
        Some(sending) => sending.begin().await.map_err(Fault::NotRecorded),
        None => Ok(()),
    }
}

fn take_back(sending: Option<&dyn Sending>) {
    if let Some(sending) = sending {
        sending.take_back();
    }
}

/// A request without a body, for the second attempt.
fn head_of(request: &http::Request<Body>) -> http::Request<Body> {
    let mut copy = http::Request::new(Body::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

async fn accept(
    target: &Target,
    call: Call<'_>,
    answer: http::Response<Incoming>,
    mut link: Box<Link>,
    upload: Option<&Arc<Upload>>,
    is_head: bool,
) -> Result<Response, Fault> {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Fault::of("it switched to a protocol that was not requested"));
    }
    link.note(answer.headers());
    answered(target, call, answer, Some(link), upload, is_head).await
}

/// The response for the caller.
async fn answered(
    target: &Target,
    call: Call<'_>,
    answer: http::Response<Incoming>,
    link: Option<Box<Link>>,
    upload: Option<&Arc<Upload>>,
    is_head: bool,
) -> Result<Response, Fault> {
    let (mut parts, inner) = answer.into_parts();
    let has_length =
        is_head || parts.status == StatusCode::NOT_MODIFIED || inner.size_hint().exact().is_some();
    let idle = target.idle(&parts.headers);
    parts.headers = headers::answered(target, call, parts.headers, has_length);
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    let answer = ResponseBody {
        inner,
        link,
        origin: Arc::clone(&target.origin),
        upload: upload.cloned(),
        idle,
    };
    let (body, passed) = answer.into_body().await.map_err(Fault::of)?;
    if let Some(passed) = passed {
        parts.extensions.insert(passed);
    }
    Ok(Response::from_parts(parts, body))
}
