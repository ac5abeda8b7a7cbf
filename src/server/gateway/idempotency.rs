//! A call that carries an `Idempotency-Key` is carried out once; sent again, it gets the first answer. Limits
//! come before: a repetition takes from them like any call.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use http_body_util::LengthLimitError;

use super::{Call, Gateway, handler};
use crate::server::idempotency::{self, Claim, Claimed, Fingerprint, IdempotencyKey, MAX_ANSWER, Scope, StoredAnswer};
use crate::server::products::Operation;
use crate::server::upstream::Broken;
use crate::server::{App, Error, Result, db, problem};
use crate::types::code::Code;
use crate::types::log::AnsweredBy;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What belongs to one connection or moment and not to the answer (RFC 9110, 7.6.1), and cookies.
const NOT_KEPT: [&str; 9] =
    ["connection", "content-length", "date", "keep-alive", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade"];

fn changes(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PATCH | Method::PUT | Method::DELETE)
}

/// The call's key, if it has one and can change something.
///
/// # Errors
/// `invalid_request` for one that is malformed or two; `idempotency_key_missing` where the operation requires one.
pub fn key_of(method: &Method, operation: Option<&Operation>, headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    if !changes(method) {
        return Ok(None);
    }
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) if operation.is_some_and(|operation| operation.requires_idempotency_key) => Err(Error::new(
            Code::IdempotencyKeyMissing,
            "This operation needs an `Idempotency-Key` header: a text of your own, new for each call and the same when it is sent again.",
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
        // Boxed, as what is seldom needed must not make every call's future larger: they are copied.
        Some(key) => Box::pin(once(gateway, call, key)).await,
    }
}

async fn once(gateway: &Gateway, call: &mut Call, key: IdempotencyKey) -> Result<Response> {
    let app = &gateway.app;
    let (Some(caller), Some(operation)) = (&call.key, &call.operation) else {
        return handler::handle(gateway, call).await;
    };
    let (parts, body) = std::mem::take(&mut call.request).into_parts();
    let limit = call.product.as_ref().map_or(app.config.limits.max_body_bytes, |product| product.max_body_bytes(&app.config.limits));
    let body = read_body(body, limit).await?;
    let path = call.target.as_ref().map_or("", PathAndQuery::as_str);
    let content_type = parts.headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let fingerprint = Fingerprint::of([call.method.as_str().as_bytes(), path.as_bytes(), content_type, &body]);
    let scope = Scope {
        org: caller.org.clone(),
        environment: caller.environment,
        product: Arc::clone(&operation.product),
        operation: operation.id.clone(),
        key,
    };
    // The time as it is now: reading the body may have taken some.
    let claim = match idempotency::claim(&app.db, scope, fingerprint, &call.request_id, app.clock.now()).await? {
        Claimed::Mine(claim) => Arc::new(claim),
        Claimed::Answered(stored) => {
            call.answered_by = AnsweredBy::Replay;
            return replay(stored);
        }
    };
    let keeps_body = !operation.answers_with_secret;
    call.request = Request::from_parts(parts, Body::from(body));
    let handled = handler::handle(gateway, call);
    let handled = AssertUnwindSafe(db::behind(Arc::clone(&claim) as _, handled)).catch_unwind().await;
    let handled = handled.unwrap_or_else(|_| Err(anyhow::anyhow!("a handler panicked").into()));
    let answer = handled.unwrap_or_else(|error| problem::respond(error, call.request_id.as_str(), &app.config.base_url()));
    let kept = keep(app, &claim, answer, keeps_body).await;
    if kept.is_err() {
        release(app, &claim).await;
    }
    kept
}

/// The whole body, of `limit` bytes at most.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        if std::error::Error::source(&error).is_some_and(|cause| cause.is::<LengthLimitError>()) {
            Error::body_too_large(limit)
        } else {
            Error::new(Code::InvalidRequest, "The body did not come whole and in time.")
        }
    })
}

/// Whether a repetition is to get this answer. It is not where the call was refused before anything was done, or
/// failed: then it may be mended, or tried again.
const fn is_final(status: u16) -> bool {
    !matches!(status, 400 | 401 | 403 | 408 | 413 | 415 | 422 | 425 | 429 | 500..)
}

/// Keeps the answer where it is final, and hands it on.
async fn keep(app: &App, claim: &Claim, answer: Response, keeps_body: bool) -> Result<Response> {
    if !is_final(answer.status().as_u16()) {
        release(app, claim).await;
        return Ok(answer);
    }
    let (parts, body) = answer.into_parts();
    // A stream of events is for whoever waits for it, not for later.
    let is_stream = parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    let gathered = if is_stream { Gathered::TooLarge(body) } else { gather(body).await? };
    let (kept, body) = match gathered {
        Gathered::Whole(bytes) => (Some(bytes.clone()).filter(|_| keeps_body), Body::from(bytes)),
        Gathered::TooLarge(body) => (None, body),
    };
    let stored = StoredAnswer {
        status: parts.status.as_u16(),
        code: parts.extensions.get::<Code>().map_or("", |code| code.as_str()).to_owned(),
        headers: kept_headers(&parts.headers),
        body: kept,
    };
    // The call was carried out, so its caller gets the answer though it could not be kept for others.
    if let Err(cause) = claim.keep_answer(&app.db, &stored).await {
        tracing::warn!(%cause, "cannot keep the answer to a call with an Idempotency-Key");
    }
    Ok(Response::from_parts(parts, body))
}

async fn release(app: &App, claim: &Claim) {
    if let Err(cause) = claim.release(&app.db).await {
        tracing::warn!(%cause, "cannot give an Idempotency-Key back; it is free when its lease ends");
    }
}

enum Gathered {
    Whole(Bytes),
    /// As it was.
    TooLarge(Body),
}

async fn gather(body: Body) -> Result<Gathered> {
    if body.size_hint().lower() > MAX_ANSWER as u64 {
        return Ok(Gathered::TooLarge(body));
    }
    let (mut chunks, mut length) = (Vec::new(), 0);
    let mut rest = body.into_data_stream();
    while let Some(chunk) = rest.try_next().await.map_err(broken)? {
        length += chunk.len();
        chunks.push(chunk);
        if length > MAX_ANSWER {
            return Ok(Gathered::TooLarge(Body::from_stream(stream::iter(chunks).map(Ok).chain(rest))));
        }
    }
    Ok(Gathered::Whole(if chunks.len() == 1 { chunks.remove(0) } else { chunks.concat().into() }))
}

/// Nothing of the answer has left yet: so its caller can be told what became of it.
fn broken(cause: axum::Error) -> Error {
    Broken::among(&cause).map_or_else(|| anyhow::Error::from(cause).into(), Broken::into_error)
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()));
    kept.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

fn replay(stored: StoredAnswer) -> Result<Response> {
    let mut answer = Response::new(Body::from(stored.body.unwrap_or_default()));
    *answer.status_mut() = StatusCode::from_u16(stored.status).map_err(anyhow::Error::from)?;
    for (name, value) in &stored.headers {
        let (name, value) =
            (HeaderName::try_from(name).map_err(anyhow::Error::from)?, HeaderValue::try_from(value).map_err(anyhow::Error::from)?);
        answer.headers_mut().append(name, value);
    }
    answer.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    // For the journal, which records the code of an answer.
    if let Some(code) = Code::from_code(&stored.code) {
        answer.extensions_mut().insert(code);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::spec::{Billable, Price};

    #[tokio::test]
    async fn a_body_that_is_too_large_to_keep_is_handed_on_whole() {
        let chunks = || (0..3).map(|i| Ok::<_, std::io::Error>(Bytes::from(vec![i; MAX_ANSWER / 2 + 1])));
        let Gathered::TooLarge(body) = gather(Body::from_stream(stream::iter(chunks()))).await.unwrap() else { panic!("not kept") };
        let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(whole, chunks().flat_map(Result::unwrap).collect::<Vec<u8>>());

        let Gathered::TooLarge(body) = gather(Body::from(vec![1; MAX_ANSWER + 1])).await.unwrap() else { panic!("not kept") };
        assert_eq!(body.size_hint().exact(), Some(MAX_ANSWER as u64 + 1));
        let Gathered::Whole(bytes) = gather(Body::from_stream(stream::iter(chunks().take(1)))).await.unwrap() else { panic!("kept") };
        assert_eq!(bytes.len(), MAX_ANSWER / 2 + 1);
    }

    #[tokio::test]
    async fn an_upstream_that_breaks_off_while_its_answer_is_kept_is_named() {
        for (broken, code) in [(Broken::Failed, Code::UpstreamFailed), (Broken::TimedOut, Code::UpstreamTimeout)] {
            let chunks = [Ok(Bytes::from("begun")), Err(broken)];
            let Err(error) = gather(Body::from_stream(stream::iter(chunks))).await else { panic!("broken") };
            assert_eq!(error.code(), code);
        }
    }

    #[test]
    fn refusals_and_failures_are_not_final() {
        for status in [200, 201, 204, 302, 402, 404, 409, 410] {
            assert!(is_final(status), "{status}");
        }
        for status in [400, 401, 403, 413, 415, 422, 429, 500, 503] {
            assert!(!is_final(status), "{status}");
        }
    }

    #[test]
    fn a_call_without_a_key_is_refused_where_its_operation_requires_one() {
        let operation = |requires_idempotency_key| Operation {
            product: "payments".into(),
            place: Some(0),
            id: "pay".into(),
            parameters: Vec::new(),
            scope: "payments:write".into(),
            own_scope: None,
            price: Price { units: 1, max_units: None, billable: Billable::OnSuccess },
            requires_idempotency_key,
            answers_with_secret: false,
        };
        let code =
            |method: Method, operation: &Operation| key_of(&method, Some(operation), &HeaderMap::new()).map_err(|error| error.code());
        assert_eq!(code(Method::POST, &operation(true)), Err(Code::IdempotencyKeyMissing));
        assert_eq!(code(Method::POST, &operation(false)), Ok(None));
        assert_eq!(code(Method::GET, &operation(true)), Ok(None));
    }
}
