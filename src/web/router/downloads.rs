//! Files next to the pages of products: documents, Markdown, clients and feeds.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::server::docs::{self, File};
use crate::server::{App, problem, random};
use crate::types::id::RequestId;

/// Revalidated after a minute, and only sent if it has changed.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Handled before the route table, which cannot distinguish `{product}.md` from `{product}`.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    if !is_read || !(path == "/llms.txt" || path.starts_with("/apis/")) {
        return next.run(request).await;
    }
    match docs::download(&app, path, request.uri().query().unwrap_or_default()).await {
        Ok(Some(file)) => respond(file, request.headers()),
        Ok(None) => next.run(request).await,
        Err(error) => {
            let request_id =
                request.extensions().get::<RequestId>().copied().unwrap_or_else(random::id);
            problem::respond(error, request_id.as_str(), &app.config.base_url())
        }
    }
}

fn respond(file: File, request_headers: &HeaderMap) -> Response {
    let hash = Sha256::digest(&file.bytes);
    // Weak: compressed transfers have other bytes.
    let tag = format!(
        "W/\"{}\"",
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()
    );
    let is_known = request_headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| {
            let known = known.trim();
            known == "*" || known.trim_start_matches("W/") == tag.trim_start_matches("W/")
        });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    // Browser-based tools on other sites read documents, too; they are not secret.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.extend(HeaderValue::try_from(tag).map(|tag| (ETAG, tag)));
    if let Some(name) = file.name {
        headers.extend(
            HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
                .map(|name| (CONTENT_DISPOSITION, name)),
        );
    }
    response
}
