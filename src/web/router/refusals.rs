//! The responses to requests that are refused before they are processed.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use tollgate_proxy::connections::Refusal;

use crate::server::gateway::X_REQUEST_ID;
use crate::server::{Error, problem, random};
use crate::types::code::Code;
use crate::types::id::RequestId;
use crate::types::number::plural;

/// The error for a refused request.
pub fn error(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Malformed => Error::new(
            Code::InvalidRequest,
            "The request is not valid HTTP/1.1. Check that the URL is percent-encoded and that no header has line breaks or control characters.",
        ),
        Refusal::UriTooLong => Error::new(
            Code::UriTooLong,
            "The URL is longer than 65,534 bytes. Send long values in the body.",
        ),
        Refusal::HeadersTooLarge => Error::new(
            Code::HeadersTooLarge,
            "The request has more than 100 headers, or headers that are too large. Send fewer.",
        ),
        Refusal::TooManyConnections => {
            let detail = "Your address has too many open connections. Close some, or reuse the connections that you have.";
            Error::new(Code::RateLimited, detail).retry_after(1)
        }
        Refusal::TooManyRequests(most) => {
            let detail = format!(
                "Your address has {} in progress, which is the maximum. Wait until one has ended.",
                plural(most.into(), "request", "requests")
            );
            Error::new(Code::RateLimited, detail).retry_after(1)
        }
        Refusal::Reserved => Error::busy(
            "The portal has reached its maximum number of connections; the rest is reserved for API calls. Try again shortly.",
            5,
        ),
    }
}

/// The response to a request that has no id yet.
pub fn respond(error: Error, base_url: &str) -> Response {
    let id: RequestId = random::id();
    let mut answer = problem::respond(error, id.as_str(), base_url);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        answer.headers_mut().insert(X_REQUEST_ID, id);
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_refusal_is_a_problem_with_a_request_id() {
        for (refusal, status, code) in [
            (Refusal::Malformed, 400, "invalid_request"),
            (Refusal::UriTooLong, 414, "uri_too_long"),
            (Refusal::HeadersTooLarge, 431, "headers_too_large"),
            (Refusal::TooManyConnections, 429, "rate_limited"),
            (Refusal::TooManyRequests(7), 429, "rate_limited"),
            (Refusal::Reserved, 503, "unavailable"),
        ] {
            let answer = respond(error(refusal), "https://portal.example.com");
            assert_eq!(answer.status().as_u16(), status, "{refusal:?}");
            let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(
                (&problem["code"], &problem["request_id"]),
                (&code.into(), &id.into()),
                "{refusal:?}"
            );
            assert_eq!(problem["type"], format!("https://portal.example.com/docs/errors/{code}"));
        }
    }
}
