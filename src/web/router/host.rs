//! The `Host` header (RFC 9112, 3.2): a request without one, with several, or with an invalid one
//! is refused, so that no other server can interpret it as a different host.

use axum::extract::Request;
use axum::http::Version;
use axum::http::header::HOST;

use crate::server::{Error, Result};
use crate::types::code::Code;

/// # Errors
/// `invalid_request`.
pub fn check(request: &Request) -> Result<()> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let problem = match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => return Ok(()),
        // HTTP/1.0 has no such header: health checks of load balancers may send none.
        (None, _) if request.version() < Version::HTTP_11 => return Ok(()),
        (None, _) => "The request has no `Host` header. HTTP/1.1 needs one.",
        (Some(_), None) => {
            "The `Host` header must be a host name or address, with or without a port."
        }
        (Some(_), Some(_)) => "The request has several `Host` headers. Send one.",
    };
    Err(Error::new(Code::InvalidRequest, problem))
}

/// `uri-host [ ":" port ]` (RFC 3986, 3.2.2).
fn is_host(bytes: &[u8]) -> bool {
    let (name, port) = match bytes {
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|b| *b == b']') else { return false };
            let is_address =
                rest[..end].iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
            if !is_address {
                return false;
            }
            (&rest[..end], &rest[end + 1..])
        }
        _ => {
            let end = bytes.iter().position(|b| *b == b':').unwrap_or(bytes.len());
            let is_name = bytes[..end]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(b));
            if !is_name {
                return false;
            }
            (&bytes[..end], &bytes[end..])
        }
    };
    let is_port = match port {
        [] => true,
        [b':'] => true,
        [b':', digits @ ..] => std::str::from_utf8(digits)
            .is_ok_and(|digits| !digits.starts_with('+') && digits.parse::<u16>().is_ok()),
        _ => false,
    };
    !name.is_empty() && is_port
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn is_taken(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version).uri("/");
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(Body::empty()).unwrap()).is_ok()
    }

    #[test]
    fn one_host_is_wanted() {
        for host in [
            "a",
            "portal.example.com",
            "portal.example.com:8443",
            "127.0.0.1:3000",
            "[::1]",
            "[2001:db8::1]:80",
            "a_b.local",
            "a:",
            "a:65535",
        ] {
            assert!(is_taken(Version::HTTP_11, &[host]), "{host}");
        }
        for host in [
            "", ":80", "a b", "a/b", "a@b", "a:b", "a:123456", "[::1", "[a b]", "[::1]x", "[]",
            "a?b", "a#b", "http://a", "a\\b", "a\"b",
        ] {
            assert!(!is_taken(Version::HTTP_11, &[host]), "{host}");
        }
        assert!(!is_taken(Version::HTTP_11, &[]));
        assert!(!is_taken(Version::HTTP_11, &["a", "a"]));
        assert!(is_taken(Version::HTTP_10, &[]));
        assert!(!is_taken(Version::HTTP_10, &["a", "b"]));
    }
}
