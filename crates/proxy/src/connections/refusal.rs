//! Requests that are refused before they are processed. Who serves the connections words the
//! responses.

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::http::{HeaderValue, Response};
use futures::FutureExt;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not HTTP/1.1.
    Malformed,
    UriTooLong,
    HeadersTooLarge,
    /// The source has the maximum number of connections.
    TooManyConnections,
    /// The source behind a proxy has the maximum number of requests in progress, which is this.
    TooManyRequests(u32),
    /// Only connections that are reserved for metered calls are left.
    Reserved,
}

/// The longest refusal that hyper writes.
const MAX: usize = 192;

impl Refusal {
    /// Recognises a refusal written by hyper: only headers, without the `X-Request-Id` that all our
    /// responses have.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // Most other writes are recognised by their first bytes.
        let status = bytes.strip_prefix(b"HTTP/1.1 4")?;
        let refusal = match status.get(..3)? {
            b"00 " => Self::Malformed,
            b"14 " => Self::UriTooLong,
            b"31 " => Self::HeadersTooLarge,
            _ => return None,
        };
        let head = std::str::from_utf8(bytes)
            .ok()
            .filter(|head| head.len() <= MAX)?
            .strip_suffix("\r\n\r\n")?;
        let is_hypers = head.split("\r\n").skip(1).all(|line| {
            let name = line.split_once(':').map(|(name, _)| name);
            name.is_some_and(|name| {
                ["connection", "content-length", "date"]
                    .iter()
                    .any(|own| name.eq_ignore_ascii_case(own))
            })
        });
        is_hypers.then_some(refusal)
    }
}

/// The bytes of a whole response.
pub fn written(mut response: Response<Body>) -> Vec<u8> {
    let length = response.body().size_hint().exact().unwrap_or(0);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    let (parts, body) = response.into_parts();
    let mut bytes = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    for (name, value) in &parts.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    if let Some(Ok(body)) = to_bytes(body, usize::MAX).now_or_never() {
        bytes.extend_from_slice(&body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_writes_by_itself_is_a_refusal_of_hyper() {
        let of = |text: &str| Refusal::of(text.as_bytes());
        let end = "\r\ncontent-length: 0\r\ndate: Mon, 30 Nov 2026 06:00:00 GMT\r\n\r\n";
        assert_eq!(of(&format!("HTTP/1.1 400 Bad Request{end}")), Some(Refusal::Malformed));
        assert_eq!(
            of(&format!("HTTP/1.1 414 URI Too Long\r\nconnection: close{end}")),
            Some(Refusal::UriTooLong)
        );
        assert_eq!(
            of(&format!("HTTP/1.1 431 Request Header Fields Too Large{end}")),
            Some(Refusal::HeadersTooLarge)
        );
        for other in [
            format!("HTTP/1.1 400 Bad Request\r\nx-request-id: req_1{end}"),
            format!("HTTP/1.1 404 Not Found{end}"),
            format!("HTTP/1.1 400 Bad Request{end}body"),
            "HTTP/1.1 4".into(),
            "HTTP/1.1 400 Bad Request\r\n".into(),
            String::new(),
        ] {
            assert_eq!(of(&other), None, "{other}");
        }
    }

    #[test]
    fn a_refusal_is_written_as_a_whole_response() {
        let refused = Response::builder()
            .status(429)
            .header("x-request-id", "req_1")
            .body(Body::from("too many"));
        let text = String::from_utf8(written(refused.unwrap())).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{head}");
        for header in ["x-request-id: req_1", "content-length: 8", "connection: close"] {
            assert!(head.contains(header), "{head}");
        }
        assert_eq!(body, "too many");
    }
}
