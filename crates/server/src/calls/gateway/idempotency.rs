//! A call with an `Idempotency-Key` is carried out once; a repetition gets the first response.
//! Limits are checked earlier: a repetition counts like any call.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use http_body_util::LengthLimitError;
use tollgate_proxy::upstream::{self, Broken, Cause, Sending};
use tollgate_types::code::Code;
use tollgate_types::log::AnsweredBy;

use super::{Call, Gateway, handler};
use crate::db::Db;
use crate::idempotency::{
    self, Claim, Claimed, Fingerprint, IdempotencyKey, MAX_RESPONSE, Scope, StoredResponse,
};
use crate::products::Operation;
use crate::{App, Error, Result, db, problem};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Headers that belong to one connection or time and not to the response (RFC 9110, 7.6.1), and
/// cookies.
const NOT_KEPT: [&str; 9] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn changes(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PATCH | Method::PUT | Method::DELETE)
}

/// The call's key, if it has one and can change something.
///
/// # Errors
/// `invalid_request` for a malformed or second key; `idempotency_key_missing` if the operation
/// requires one.
pub fn key_of(
    method: &Method,
    operation: Option<&Operation>,
    headers: &HeaderMap,
) -> Result<Option<IdempotencyKey>> {
    if !changes(method) {
        return Ok(None);
    }
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) if operation.is_some_and(|operation| operation.requires_idempotency_key) => Err(Error::new(
            Code::IdempotencyKeyMissing,
            "This operation needs an `Idempotency-Key` header: a unique text, such as a UUID. Use a new one for each call, and the same one to send a call again.",
        )),
        (None, _) => Ok(None),
        (Some(value), None) => IdempotencyKey::parse(value.as_bytes()).map(Some).ok_or_else(|| {
            Error::new(Code::InvalidRequest, "`Idempotency-Key` must be 1 to 255 visible ASCII characters, bare or in double quotes.")
        }),
        (Some(_), Some(_)) => Err(Error::new(Code::InvalidRequest, "Send one `Idempotency-Key` header, not several.")),
    }
}

pub async fn handle(gateway: &Gateway, call: &mut Call) -> Result<Response> {
    match key_of(&call.method, call.operation.as_deref(), call.request.headers())? {
        None => handler::handle(gateway, call).await,
        // Boxed: rarely needed state must not make the future of every call larger, because futures
        // are copied.
        Some(key) => Box::pin(once(gateway, call, key)).await,
    }
}

async fn once(gateway: &Gateway, call: &mut Call, key: IdempotencyKey) -> Result<Response> {
    let app = &gateway.app;
    let (Some(caller), Some(operation)) = (&call.key, &call.operation) else {
        return handler::handle(gateway, call).await;
    };
    let (parts, body) = std::mem::take(&mut call.request).into_parts();
    let limit = call.product.as_ref().map_or(app.config.limits.max_body_bytes, |product| {
        product.max_body_bytes(&app.config.limits)
    });
    let body = read_body(body, limit).await?;
    let fingerprint = fingerprint(&call.method, call.target.as_ref(), &parts.headers, &body);
    let scope = Scope {
        owner: caller.org.as_str().into(),
        environment: caller.environment,
        product: Arc::clone(&operation.product),
        operation: operation.id.clone(),
        key,
    };
    // The current time: reading the body may have taken some.
    let claim = match idempotency::claim(
        &app.gateway_db,
        scope,
        fingerprint,
        &call.request_id,
        app.clock.now(),
    )
    .await?
    {
        Claimed::Mine(claim) => Arc::new(claim),
        Claimed::Stored(stored) => {
            call.answered_by = AnsweredBy::Replay;
            return replay(stored);
        }
    };
    let keeps_body = !operation.response_has_secret;
    call.request = Request::from_parts(parts, Body::from(body));
    if call.product.is_some() {
        let kept = of_product(gateway, call, &claim, keeps_body).await;
        return finish(app, &claim, kept).await;
    }
    let request_id = call.request_id;
    of_portal(app, &claim, request_id.as_str(), keeps_body, handler::handle(gateway, call)).await
}

/// What must be equal in a repetition.
pub fn fingerprint(
    method: &Method,
    target: Option<&PathAndQuery>,
    headers: &HeaderMap,
    body: &[u8],
) -> Fingerprint {
    let target = target.map_or("", PathAndQuery::as_str);
    let content_type = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    Fingerprint::of([method.as_str().as_bytes(), target.as_bytes(), content_type, body])
}

/// Carries out a call of the portal's own APIs. All of its effects are in transactions, which
/// commit only while it holds the claim.
pub async fn of_portal(
    app: &App,
    claim: &Arc<Claim>,
    request_id: &str,
    keeps_body: bool,
    handled: impl Future<Output = Result<Response>>,
) -> Result<Response> {
    let handled = caught(db::behind(Arc::clone(claim) as _, handled)).await;
    let answer =
        handled.unwrap_or_else(|error| problem::respond(error, request_id, &app.config.base_url()));
    let kept = if is_final(answer.status().as_u16()) {
        keep(app, claim, answer, keeps_body).await
    } else {
        Err(Unkept::Response(answer))
    };
    finish(app, claim, kept).await
}

async fn finish(app: &App, claim: &Claim, kept: Result<Response, Unkept>) -> Result<Response> {
    match kept {
        Ok(answer) => Ok(answer),
        Err(unkept) => {
            give_up(app, claim).await;
            match unkept {
                Unkept::Response(answer) => Ok(answer),
                Unkept::Failed(error) => Err(error),
            }
        }
    }
}

/// In the extensions of a response: it contains a secret, so its body is not stored.
#[derive(Clone, Copy)]
pub struct HasSecret;

/// Responses that nobody else may get.
enum Unkept {
    Response(Response),
    Failed(Error),
}

async fn caught(handled: impl Future<Output = Result<Response>>) -> Result<Response> {
    AssertUnwindSafe(handled)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("a handler panicked").into()))
}

/// A call to a product: any response of its server is final, also an error, because only that
/// server knows what it did. Without a response it depends on whether the call may have reached the
/// server.
async fn of_product(
    gateway: &Gateway,
    call: &mut Call,
    claim: &Arc<Claim>,
    keeps_body: bool,
) -> Result<Response, Unkept> {
    let app = &gateway.app;
    // A server that supports the key itself may get the call repeatedly.
    let honours =
        call.product.as_ref().is_some_and(|product| product.settings().honours_idempotency_key);
    call.sending = (!honours)
        .then(|| Arc::new(Sent { db: app.gateway_db.clone(), claim: Arc::clone(claim) }) as _);
    let answer = caught(handler::handle(gateway, call)).await.map_err(Unkept::Failed)?;
    keep(app, claim, answer, keeps_body).await
}

/// Records in the claim that its call is about to be sent.
struct Sent {
    db: Db,
    claim: Arc<Claim>,
}

impl Sending for Sent {
    fn begin(&self) -> BoxFuture<'_, Result<(), Cause>> {
        async { Ok(self.claim.mark_sent(&self.db).await?) }.boxed()
    }

    fn take_back(&self) {
        self.claim.take_back();
    }
}

/// The whole body, of at most `limit` bytes.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        if std::error::Error::source(&error).is_some_and(|cause| cause.is::<LengthLimitError>()) {
            Error::body_too_large(limit)
        } else {
            Error::new(Code::InvalidRequest, "The body did not arrive completely and in time.")
        }
    })
}

/// Whether repetitions get this response of the platform's own API. Not if the call was refused
/// before anything was done, or failed: then it may be corrected, or tried again.
const fn is_final(status: u16) -> bool {
    !matches!(status, 400 | 401 | 403 | 408 | 413 | 415 | 422 | 425 | 429 | 500..)
}

/// Stores the response for repetitions, and passes it on.
async fn keep(
    app: &App,
    claim: &Claim,
    answer: Response,
    keeps_body: bool,
) -> Result<Response, Unkept> {
    let (parts, body) = answer.into_parts();
    // An event stream is only for the client that waits for it.
    let is_stream = parts
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    let gathered = if is_stream {
        Gathered::TooLarge(body)
    } else {
        gather(body).await.map_err(Unkept::Failed)?
    };
    let keeps_body = keeps_body && parts.extensions.get::<HasSecret>().is_none();
    let (kept, body) = match gathered {
        Gathered::Whole(bytes) => (Some(bytes.clone()).filter(|_| keeps_body), Body::from(bytes)),
        Gathered::TooLarge(body) => (None, body),
    };
    let stored = StoredResponse {
        status: parts.status.as_u16(),
        code: parts.extensions.get::<Code>().map_or("", |code| code.as_str()).to_owned(),
        headers: kept_headers(&parts.headers),
        body: kept,
    };
    // The call was carried out, so its caller gets the response even if it could not be stored.
    if let Err(cause) = claim.store_response(&app.gateway_db, &stored).await {
        tracing::warn!(%cause, "cannot store the response to a call with an Idempotency-Key");
    }
    Ok(Response::from_parts(parts, body))
}

/// Releases the key, unless its call may have reached the product's server: then repetitions get
/// `idempotency_unknown`.
async fn give_up(app: &App, claim: &Claim) {
    let given_up = if claim.is_sent() {
        claim.leave_unknown(&app.gateway_db, app.clock.now()).await
    } else {
        claim.release(&app.gateway_db).await
    };
    if let Err(cause) = given_up {
        tracing::warn!(%cause, "cannot store the outcome of a call with an Idempotency-Key; repetitions wait until its lease expires");
    }
}

enum Gathered {
    Whole(Bytes),
    /// As it was.
    TooLarge(Body),
}

async fn gather(body: Body) -> Result<Gathered> {
    if body.size_hint().lower() > MAX_RESPONSE as u64 {
        return Ok(Gathered::TooLarge(body));
    }
    let (mut chunks, mut length) = (Vec::new(), 0);
    let mut rest = body.into_data_stream();
    while let Some(chunk) = rest.try_next().await.map_err(broken)? {
        length += chunk.len();
        chunks.push(chunk);
        if length > MAX_RESPONSE {
            return Ok(Gathered::TooLarge(Body::from_stream(
                stream::iter(chunks).map(Ok).chain(rest),
            )));
        }
    }
    Ok(Gathered::Whole(if chunks.len() == 1 { chunks.remove(0) } else { chunks.concat().into() }))
}

/// Nothing of the response has been sent yet, so its caller can still get an error.
fn broken(cause: axum::Error) -> Error {
    Broken::among(&cause).map_or_else(
        || anyhow::Error::from(cause).into(),
        |broken| upstream::Error::from(broken).into(),
    )
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()));
    kept.filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    })
    .collect()
}

/// The stored response, marked as a repetition.
pub fn replay(stored: StoredResponse) -> Result<Response> {
    let mut answer = Response::new(Body::from(stored.body.unwrap_or_default()));
    *answer.status_mut() = StatusCode::from_u16(stored.status).map_err(anyhow::Error::from)?;
    for (name, value) in &stored.headers {
        let (name, value) = (
            HeaderName::try_from(name).map_err(anyhow::Error::from)?,
            HeaderValue::try_from(value).map_err(anyhow::Error::from)?,
        );
        answer.headers_mut().append(name, value);
    }
    answer.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    // For the journal, which records the code of a response.
    if let Some(code) = Code::from_code(&stored.code) {
        answer.extensions_mut().insert(code);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
