//! The status a page is answered with.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::components::status::PageStatus;

/// Lets a page that finds nothing at its address say so.
pub fn provide_page_status() {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    provide_context(PageStatus(Arc::new(move |status| {
        response.set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    })));
}

/// A page that sends its reader elsewhere is a redirect for everybody. The framework says so only to
/// those who ask for HTML by name, which keeps its own calls of server functions, all of them posts, apart.
pub async fn send_away(request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if is_page && response.status() == StatusCode::OK && response.headers().contains_key(LOCATION) {
        *response.status_mut() = StatusCode::FOUND;
    }
    response
}
