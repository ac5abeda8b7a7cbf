//! Errors as `application/problem+json` (RFC 9457).

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::Error;
use super::error::Problem;
use crate::types::code::Code;
use crate::types::error::FieldError;

/// The body of every error.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body9457<'a> {
    /// The documentation of this code.
    #[serde(rename = "type")]
    #[schema(example = "https://portal.example.com/docs/errors/not_found")]
    kind: String,
    title: &'a str,
    status: u16,
    /// Stable: decide by this, never by the texts.
    #[schema(example = "not_found")]
    code: &'a str,
    /// What happened and what to do.
    detail: &'a str,
    #[schema(example = "req_01h2xcejqtf2nbrexx3vqjhp41")]
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// The answer to a failed request. An internal cause is logged here, once, and not told.
pub fn respond(error: Error, request_id: &str, base_url: &str) -> Response<Body> {
    let problem = match error {
        Error::Problem(problem) => *problem,
        Error::Internal(cause) => {
            tracing::error!(request_id, cause = format!("{cause:#}"), "a request failed");
            let detail = "Something went wrong here. Try again; if it stays, give the request id to support.".into();
            Problem { code: Code::Internal, detail, errors: Vec::new(), retry_after: None, allow: None }
        }
    };
    let code = problem.code;
    let body = Body9457 {
        kind: format!("{base_url}/docs/errors/{}", code.as_str()),
        title: code.docs().title,
        status: code.status(),
        code: code.as_str(),
        detail: &problem.detail,
        request_id,
        errors: &problem.errors,
    };
    let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if code.status() == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tollgate\""));
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(Ok(allow)) = problem.allow.map(HeaderValue::try_from) {
        headers.insert(ALLOW, allow);
    }
    // For the journal, which records the code of an answer.
    response.extensions_mut().insert(code);
    response
}
