//! One attempt.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Request};
use bytes::Bytes;
use http_body_util::Full;
use tollgate_proxy::outbound::OutboundResponse;
use tollgate_types::time::Timestamp;

use super::claim::{Claimed, Target};
use super::outcome::Tried;
use super::schedule::retry_after;
use super::secret::Signed;
use crate::{Base, Result};

/// The time in which an endpoint must respond.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of a response is stored.
const MAX_RESPONSE: usize = 4 * 1024;

/// Sends a delivery, and returns the endpoint's response.
pub async fn attempt(base: &Base, claimed: &Claimed, now: Timestamp) -> Tried {
    let target = &claimed.target;
    let signed = Signed::new(&target.secrets, &claimed.event_id, now, &claimed.body);
    let request = match signed.and_then(|signed| request(target, signed, claimed.body.clone())) {
        Ok(request) => request,
        Err(cause) => {
            tracing::error!(delivery = claimed.id, %cause, "a webhook cannot be sent");
            return Tried::failed("something went wrong here");
        }
    };
    match base.outbound.send(request, MAX_RESPONSE, TIMEOUT).await {
        Ok(answer) => Tried {
            status: Some(answer.status.as_u16()),
            retry_after: retry_after(&answer.headers, now),
            answer: text(&answer),
            ..Tried::failed("")
        },
        Err(failure) => Tried::failed(&failure.to_string()),
    }
}

/// The request with `body`.
pub fn request(target: &Target, signed: Signed, body: Bytes) -> Result<Request<Full<Bytes>>> {
    let mut request =
        Request::post(&target.url).body(Full::new(body)).map_err(anyhow::Error::from)?;
    let headers = request.headers_mut();
    headers.extend(target.headers.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("Tollgate-Webhooks/", env!("CARGO_PKG_VERSION"))),
    );
    headers.insert("webhook-id", signed.id);
    headers.insert("webhook-timestamp", signed.timestamp);
    headers.insert("webhook-signature", signed.signature);
    Ok(request)
}

/// The response as text: PostgreSQL cannot store the character U+0000.
pub fn text(answer: &OutboundResponse) -> String {
    String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}")
}
