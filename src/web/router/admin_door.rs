//! The guard of the admin pages: only operators see any of them.

use axum::extract::{Request, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::{IntoView, Owner};

use crate::components::format::encode;
use crate::pages::admin::form_pages;
use crate::server::gateway::SourceIp;
use crate::server::{Result, access};
use crate::types::code::Code;
use crate::web::{Site, session};

/// Pages that answer a form have no scripts at all. Their forms lead back here, or to a payment
/// page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
     form-action 'self' https://checkout.stripe.com https://billing.stripe.com; frame-ancestors 'none'",
);

pub async fn guard(State(app): State<Site>, request: Request, next: Next) -> Response {
    let is_below = request
        .uri()
        .path()
        .strip_prefix("/admin")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !is_below {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match check(&app, &parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) if error.code() == Code::NotSignedIn => {
            let here = parts.uri.path_and_query().map_or("/admin", PathAndQuery::as_str);
            Redirect::to(&format!("/login?next={}", encode(here))).into_response()
        }
        Err(error) => {
            (status(error.code()), page(|| form_pages::refused(app.leptos.clone(), error.into())))
                .into_response()
        }
    }
}

async fn check(app: &Site, parts: &Parts) -> Result<()> {
    // Before the visitor is asked to log in.
    access::check_network(&app.config, parts.extensions.get::<SourceIp>().map(|ip| ip.0))?;
    session::current_operator(app, parts).await.map(drop)
}

/// The status of a page that shows an error with this code.
pub fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A whole document without scripts.
pub fn page<V: IntoView>(view: impl FnOnce() -> V) -> impl IntoResponse {
    let html = Owner::new().with(|| view().to_html());
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(html))
}
