//! One attempt.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Request};
use bytes::Bytes;
use http_body_util::Full;

use super::claim::{Claimed, Target};
use super::outcome::Tried;
use super::schedule::retry_after;
use super::secret::Signed;
use crate::server::outbound::Answered;
use crate::server::{App, Result};
use crate::types::time::Timestamp;

/// Within which an endpoint must have answered.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// What is kept of an answer.
const MAX_ANSWER: usize = 4 * 1024;

/// Sends a delivery, and says what the endpoint answered.
pub async fn attempt(app: &App, claimed: &Claimed, now: Timestamp) -> Tried {
    let target = &claimed.target;
    let signed = Signed::new(&target.secrets, &claimed.event_id, now, &claimed.body);
    let request = match signed.and_then(|signed| request(target, signed, claimed.body.clone())) {
        Ok(request) => request,
        Err(cause) => {
            tracing::error!(delivery = claimed.id, %cause, "a webhook cannot be sent");
            return Tried::failed("something went wrong here");
        }
    };
    match app.outbound.send(request, MAX_ANSWER, TIMEOUT).await {
        Ok(answer) => Tried {
            status: Some(answer.status.as_u16()),
            retry_after: retry_after(&answer.headers, now),
            answer: text(&answer),
            ..Tried::failed("")
        },
        Err(failure) => Tried::failed(&failure.to_string()),
    }
}

/// The request that tells `body`.
pub fn request(target: &Target, signed: Signed, body: Bytes) -> Result<Request<Full<Bytes>>> {
    let mut request = Request::post(&target.url).body(Full::new(body)).map_err(anyhow::Error::from)?;
    let headers = request.headers_mut();
    headers.extend(target.headers.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Tollgate-Webhooks/", env!("CARGO_PKG_VERSION"))));
    headers.insert("webhook-id", signed.id);
    headers.insert("webhook-timestamp", signed.timestamp);
    headers.insert("webhook-signature", signed.signature);
    Ok(request)
}

/// What was answered, as far as it is text: PostgreSQL cannot store the character zero.
pub fn text(answer: &Answered) -> String {
    String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}")
}
