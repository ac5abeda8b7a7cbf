//! `/healthz`: the process answers. `/readyz`: it can serve calls.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::json;

use crate::server::App;

pub fn routes(app: App) -> Router {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready)).with_state(app)
}

async fn ready(State(app): State<App>) -> Response {
    let database = app.db.ping().await.is_ok();
    let journal = app.journal.is_writable();
    let status = if database && journal { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = json!({ "ready": database && journal, "database": database, "journal": journal });
    // Told, and no more: without Redis each instance limits for itself.
    if let Some(redis) = app.shared.redis() {
        body["redis"] = redis.is_up.into();
    }
    (status, Json(body)).into_response()
}
