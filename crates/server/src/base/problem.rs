//! Errors as `application/problem+json` (RFC 9457).

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use utoipa::ToSchema;

use crate::Error;
use crate::error::Problem;

/// Body of every error response (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body9457<'a> {
    /// URL of the documentation of this error code.
    #[serde(rename = "type")]
    #[schema(example = "https://portal.example.com/docs/errors/not_found")]
    kind: String,
    /// Short description of the error code.
    title: &'a str,
    /// HTTP status, the same as that of the response.
    status: u16,
    /// Stable name of the error. Use it to distinguish errors in a program; the texts can change.
    #[schema(example = "not_found")]
    code: &'a str,
    /// What happened, and what to do next.
    detail: &'a str,
    /// Id of the request, for support and for `/v1/request-logs`.
    #[schema(example = "req_01h2xcejqtf2nbrexx3vqjhp41")]
    request_id: &'a str,
    /// Fields and parameters of the request that are not valid. Absent if the error is not about
    /// fields.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// The response to a failed request. An internal cause is logged here, once, and not returned.
pub fn respond(error: Error, request_id: &str, base_url: &str) -> Response {
    let problem = match error {
        Error::Problem(problem) => *problem,
        Error::Internal(cause) => {
            tracing::error!(request_id, cause = format!("{cause:#}"), "a request failed");
            let detail = "Something went wrong here. Try again; if it happens again, send the request id to support.".into();
            Problem {
                code: Code::Internal,
                detail,
                errors: Vec::new(),
                retry_after: None,
                allow: None,
            }
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
    *response.status_mut() =
        StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if code.status() == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tollgate\""));
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(Ok(allow)) = problem.allow.map(HeaderValue::try_from) {
        headers.insert(ALLOW, allow);
    }
    // For the journal, which records the code and the detail of a response.
    response.extensions_mut().insert(code);
    response.extensions_mut().insert(Reported::of(&problem.detail, &problem.errors));
    response
}

/// A handler's error on its way to the gateway, which knows the request id and creates the body.
#[derive(Clone)]
pub struct ApiError(Arc<Error>);

impl ApiError {
    pub fn into_error(self) -> Error {
        Arc::into_inner(self.0).unwrap_or_else(|| {
            Error::Internal(anyhow::anyhow!("an error response was built twice"))
        })
    }
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(Arc::new(error.into()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The maximum length of a [`Reported`] text in bytes. Each distinct text is stored once per block
/// of request logs.
const MAX_REPORTED: usize = 500;

/// The error of a response, for the request log: the detail, or the faulty fields with their
/// messages. Messages never quote values that the caller sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported(pub Arc<str>);

impl Reported {
    fn of(detail: &str, errors: &[FieldError]) -> Self {
        let mut text = String::new();
        if errors.len() != 1 {
            text.push_str(detail);
        }
        for error in errors {
            let joint = if text.is_empty() { "" } else { " " };
            text.extend([joint, &error.location, ": ", &error.message]);
            if text.len() > MAX_REPORTED {
                text.truncate(text.floor_char_boundary(MAX_REPORTED));
                text.push('…');
                break;
            }
        }
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_detail_with_each_field_at_fault_within_a_bound() {
        let error = |place: &str| FieldError::new(place, "missing", "This field is required.");
        assert_eq!(&*Reported::of("The key is disabled.", &[]).0, "The key is disabled.");
        assert_eq!(
            &*Reported::of("This field is required.", &[error("body.name")]).0,
            "body.name: This field is required."
        );
        let two = Reported::of("2 fields are not valid.", &[error("body.a"), error("body.b")]).0;
        assert_eq!(
            &*two,
            "2 fields are not valid. body.a: This field is required. body.b: This field is required."
        );
        let many: Vec<_> = (0..100).map(|_| error("body.é")).collect();
        let long = Reported::of("100 fields are not valid.", &many).0;
        assert!(long.len() <= MAX_REPORTED + '…'.len_utf8() && long.ends_with('…'), "{long}");
    }
}
