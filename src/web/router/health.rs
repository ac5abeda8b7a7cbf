//! `/healthz`: the process responds. `/readyz`: it can serve calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::json;

use crate::server::App;
use crate::types::time::SECOND;

/// Served however busy the server is: a service manager restarts it otherwise.
pub const PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// How long a probe waits for documents that are being loaded, which usually takes a moment.
const READING: Duration = Duration::from_millis(500);

pub fn routes(app: App) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(app)
}

async fn ready(State(app): State<App>) -> Response {
    let database = app.db.ping().await.is_ok();
    let writable = app.db.health().is_writable();
    let journal = app.journal.is_writable();
    let lag = app.journal.lag().await.unwrap_or_default();
    let applied = app.journal.is_applied(&lag, app.clock.now());
    let damaged = app.journal.damaged().await.unwrap_or_default();
    // Until all documents are loaded once, some products would be missing.
    if !app.products.are_complete() {
        _ = tokio::time::timeout(READING, app.products.catalogue(&app.db)).await;
    }
    let products = app.products.are_complete();
    let draining = app.is_draining.load(Ordering::Relaxed);
    let is_ready = database && writable && journal && applied && products && !draining;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = json!({
        "ready": is_ready,
        "database": database,
        "database_writable": writable,
        "journal": journal,
        "journal_applied": applied,
        "journal_lag": { "bytes": lag.bytes, "seconds": lag.age(app.clock.now()) / SECOND },
        // Only reported: neither waiting nor a restart repairs it.
        "journal_damaged": { "parts": damaged.parts, "bytes": damaged.bytes },
        "products": products,
        "draining": draining,
    });
    // Only reported: without Redis, each instance applies limits separately.
    if let Some(redis) = app.shared.redis() {
        body["redis"] = redis.is_up.into();
    }
    (status, Json(body)).into_response()
}
