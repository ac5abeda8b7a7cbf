//! `POST /webhooks/stripe`: Stripe's events. They are verified, stored and acknowledged; a job
//! applies them.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::server::{App, Error, Result, billing, problem, random};
use crate::types::id::RequestId;

/// Stripe's events are far smaller.
const MAX_BYTES: usize = 512 * 1024;

pub async fn receive(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = parts.extensions.get::<RequestId>().copied().unwrap_or_else(random::id);
    match take(&app, &parts, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => problem::respond(error, request_id.as_str(), &app.config.base_url()),
    }
}

async fn take(app: &App, parts: &Parts, body: Body) -> Result<()> {
    let bytes = to_bytes(body, MAX_BYTES).await.map_err(|_| Error::body_too_large(MAX_BYTES))?;
    let signature = parts
        .headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    billing::receive(&app.billing(), signature, &bytes, app.clock.now()).await
}
