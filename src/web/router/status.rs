//! The status of a page.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::components::status::PageStatus;

/// Lets a page report that there is nothing at its address.
pub fn provide_page_status() {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    provide_context(PageStatus(Arc::new(move |status| {
        response
            .set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    })));
}

/// A page that redirects does so for every client. The framework redirects only clients that accept
/// HTML explicitly, to exclude its own calls of server functions, which are all POST.
pub async fn send_away(request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if is_page && response.status() == StatusCode::OK && response.headers().contains_key(LOCATION) {
        *response.status_mut() = StatusCode::FOUND;
    }
    response
}
