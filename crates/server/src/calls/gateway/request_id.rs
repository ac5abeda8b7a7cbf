//! Every request gets a new id; the caller's own id is kept as well.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tollgate_types::id::RequestId;

use crate::random;

pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A caller's id of 1 to 128 visible ASCII characters; any other value is ignored.
pub fn of_client(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    ((1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()))
        .then(|| text.to_owned())
}

/// For pages and server functions, which do not use the gateway: gives the request an id as an
/// extension, and sets the response header.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let id: RequestId = random::id();
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_id_of_the_caller_is_kept() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_str(text).unwrap());
            of_client(&headers)
        };
        assert_eq!(of("order-42").as_deref(), Some("order-42"));
        assert_eq!(of("two words"), None);
        assert_eq!(of(""), None);
        assert_eq!(of(&"x".repeat(129)), None);
    }
}
