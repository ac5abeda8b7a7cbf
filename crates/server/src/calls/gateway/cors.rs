//! Calls from web pages (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>). Not allowed,
//! except from the origins that a product lists.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;

use super::operation::{API, split};
use crate::App;
use crate::products::Product;

/// Seconds that a browser may cache the response to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, QUERY, POST, PUT, PATCH, DELETE");
/// What a page may read of a response besides its body.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, \
     Tollgate-Units, Tollgate-Quota-Remaining, Tollgate-Environment, Tollgate-Validation, Idempotent-Replayed, Deprecation, Sunset, \
     ETag, Location, Link, Content-Disposition",
);
/// CORS headers of the product's server are about that server; here, the product's origins decide.
const DECIDED_HERE: [HeaderName; 5] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// True for a browser's preflight request. It has no key, and is not counted.
pub fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request.uri().path().starts_with(API)
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Responds to a preflight. If the origin is not allowed, without the headers that would allow it.
pub async fn preflight(app: &App, uri: &Uri, request_headers: &HeaderMap) -> Response {
    let catalogue = app.products.catalogue(&app.gateway_db).await;
    let product = catalogue.get(split(uri.path()).0);
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers"));
    if let Some(origin) = product.and_then(|product| allowed(product, request_headers)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        if let Some(names) = request_headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    }
    answer
}

/// The call's origin, if its product allows pages from it.
pub fn allowed(product: &Product, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let is_allowed = product
        .settings()
        .cors_origins
        .iter()
        .any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes());
    is_allowed.then(|| origin.clone())
}

/// Removes the CORS headers of the product's server. Its exposed headers count, but only for
/// origins that are allowed here.
pub fn close(headers: &mut HeaderMap) {
    for name in &DECIDED_HERE {
        headers.remove(name);
    }
}

/// Lets a page of `origin` read the response, with all headers that the product's server exposes.
pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    // Header lines with the same name form one list.
    headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_what_the_api_exposes_and_only_where_the_product_allows_it() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("X-Total, X-Page"));
        close(&mut headers);
        assert!(
            !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN)
                && !headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS)
        );
        allow(&mut headers, HeaderValue::from_static("https://app.example.com"));
        let exposed: Vec<&str> = headers
            .get_all(ACCESS_CONTROL_EXPOSE_HEADERS)
            .iter()
            .flat_map(|value| value.to_str().expect("text").split(", "))
            .collect();
        for name in ["X-Total", "X-Page", "X-Request-Id", "Retry-After", "ETag", "Location", "Link"]
        {
            assert!(exposed.contains(&name), "{name} in {exposed:?}");
        }
        assert_eq!(
            headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter().collect::<Vec<_>>(),
            ["https://app.example.com"]
        );
    }
}
