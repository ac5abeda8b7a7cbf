//! Security headers of pages and files.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use tower_http::services::fs::ServeFileSystemResponseBody;
use tower_http::set_header::SetResponseHeaderLayer;

/// The content security policy of the page for a request. Created with the request, because what a
/// page sets while it is rendered may be too late for the headers of the response.
#[derive(Clone, Default)]
struct PagePolicy(Arc<OnceLock<HeaderValue>>);

pub async fn secure(
    State(transport): State<Option<HeaderValue>>,
    mut request: Request,
    next: Next,
) -> Response {
    let policy = PagePolicy::default();
    request.extensions_mut().insert(policy.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(policy) = policy.0.get() {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(transport.map(|transport| (STRICT_TRANSPORT_SECURITY, transport)));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Links in mails contain tokens: no other site may learn our paths.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    );
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    // Personal responses must not be cached; files set their own headers.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Further targets of forms: pages of the payment provider that our own forms redirect to.
const PAYS: &str = " https://checkout.stripe.com https://billing.stripe.com";

/// For a page: only its own scripts, identified by their nonce, and nothing from other origins.
pub fn allow_own_scripts() {
    let (Some(nonce), Some(parts)) = (use_nonce(), use_context::<Parts>()) else { return };
    let Some(page) = parts.extensions.get::<PagePolicy>() else { return };
    // In development, cargo-leptos reports rebuilds over its own socket.
    let reload =
        if cfg!(debug_assertions) { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'{reload}; font-src 'self'; form-action 'self'{PAYS}; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        let _ = page.0.set(policy);
    }
}

type FileResponse = Response<ServeFileSystemResponseBody>;

/// For files whose names change with their content.
pub fn cache_for_good() -> SetResponseHeaderLayer<fn(&FileResponse) -> Option<HeaderValue>> {
    SetResponseHeaderLayer::if_not_present(
        CACHE_CONTROL,
        caching as fn(&FileResponse) -> Option<HeaderValue>,
    )
}

/// Only an existing file may be cached: during a rolling update, another server may still return
/// 404 for it.
fn caching(response: &FileResponse) -> Option<HeaderValue> {
    let is_file = matches!(
        response.status(),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    );
    is_file.then_some(HeaderValue::from_static("public, max-age=31536000, immutable"))
}
