//! What was begun for a person is finished, though their browser has gone on to another page.

use std::panic::resume_unwind;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Runs the rest of the way in a task of its own. Dropped halfway, as it would be when the connection is
/// closed, a page's parts that are still being drawn would look in vain for what surrounds them, and panic.
pub async fn finish(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
