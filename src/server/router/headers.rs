//! Headers of pages and files that keep a browser from doing what we never ask of it.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use tower_http::set_header::SetResponseHeaderLayer;

/// The policy of the page that answers a request. Handed out with the request, because what a page
/// says while it is drawn has been seen to miss the answer's head.
#[derive(Clone, Default)]
struct PagePolicy(Arc<OnceLock<HeaderValue>>);

pub async fn secure(mut request: Request, next: Next) -> Response {
    let policy = PagePolicy::default();
    request.extensions_mut().insert(policy.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(policy) = policy.0.get() {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Links in mails carry tokens: no other site learns our paths.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    // What is made for one person is kept by nobody; files say otherwise themselves.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Where forms may lead besides: the pages of a payment provider that our own forms send on to.
const PAYS: &str = " https://checkout.stripe.com https://billing.stripe.com";

/// For a page: its own scripts, known by their nonce, and nothing from elsewhere.
pub fn allow_own_scripts() {
    let (Some(nonce), Some(parts)) = (use_nonce(), use_context::<Parts>()) else { return };
    let Some(page) = parts.extensions.get::<PagePolicy>() else { return };
    // In development, cargo-leptos tells of rebuilds over a socket of its own.
    let reload = if cfg!(debug_assertions) { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'{reload}; font-src 'self'; form-action 'self'{PAYS}; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        let _ = page.0.set(policy);
    }
}

/// For files whose names change with their content.
pub fn cache_for_good() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"))
}
