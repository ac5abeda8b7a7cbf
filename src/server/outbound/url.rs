//! What can be wrong with a URL before anything is resolved or reached.

use std::net::IpAddr;

use ::url::{Host, Url};

use super::{Reach, is_public};

const MAX_URL: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("This is not a URL: {0}.")]
    Malformed(String),
    #[error("The URL must begin with https://.")]
    Scheme,
    #[error("The URL must have no user name or password.")]
    Credentials,
    #[error("The URL must have no fragment.")]
    Fragment,
    #[error("The URL names the address {0}, which is not public.")]
    Address(String),
    #[error("The URL names this machine or a private network.")]
    Name,
    #[error("The URL is longer than {MAX_URL} characters.")]
    Length,
}

/// Names that never lead outside (RFC 6761, RFC 8375, RFC 9476), whatever a resolver says.
const INSIDE: [&str; 8] = ["localhost", "local", "internal", "home.arpa", "invalid", "test", "alt", "onion"];

/// Reads a URL that a stranger gave. Addresses are checked in every form the URL standard knows: decimal, octal,
/// hexadecimal and shortened ones are addresses, too.
pub fn check_url(text: &str, reach: Reach) -> Result<Url, UrlFault> {
    if text.len() > MAX_URL {
        return Err(UrlFault::Length);
    }
    let url: Url = text.trim().parse().map_err(|error: ::url::ParseError| UrlFault::Malformed(error.to_string()))?;
    let is_anywhere = reach == Reach::Anywhere;
    if url.scheme() != "https" && !(is_anywhere && url.scheme() == "http") {
        return Err(UrlFault::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlFault::Credentials);
    }
    if url.fragment().is_some() {
        return Err(UrlFault::Fragment);
    }
    let address = |ip: IpAddr| if is_anywhere || is_public(ip) { Ok(()) } else { Err(UrlFault::Address(ip.to_string())) };
    match url.host() {
        None => Err(UrlFault::Malformed("it names no host".into())),
        Some(Host::Ipv4(ip)) => address(ip.into()),
        Some(Host::Ipv6(ip)) => address(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_inside = !name.contains('.') || INSIDE.iter().any(|inside| name == *inside || name.ends_with(&format!(".{inside}")));
            if is_inside && !is_anywhere { Err(UrlFault::Name) } else { Ok(()) }
        }
    }?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> UrlFault {
        check_url(text, Reach::Public).expect_err(text)
    }

    #[test]
    fn an_address_of_the_inside_is_refused_in_every_notation() {
        for text in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://169.254.169.254/latest",
            "https://0xa9fea9fe/",
            "https://10.1/",
            "https://①②⑦.0.0.1/",
            "https://127.0.0.1./",
        ] {
            assert!(matches!(fault(text), UrlFault::Address(_)), "{text}: {:?}", fault(text));
        }
    }

    #[test]
    fn names_of_the_inside_are_refused() {
        for text in [
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://printer.local/",
            "https://intranet/",
            "https://db.internal/",
        ] {
            assert_eq!(fault(text), UrlFault::Name, "{text}");
        }
    }

    #[test]
    fn only_https_without_credentials_or_fragment_is_taken() {
        assert_eq!(fault("http://example.com/"), UrlFault::Scheme);
        assert_eq!(fault("ftp://example.com/"), UrlFault::Scheme);
        assert_eq!(fault("file:///etc/passwd"), UrlFault::Scheme);
        assert_eq!(fault("https://user:secret@example.com/"), UrlFault::Credentials);
        assert_eq!(fault("https://user@example.com/"), UrlFault::Credentials);
        assert_eq!(fault("https://example.com/#a"), UrlFault::Fragment);
        assert!(matches!(fault("not a url"), UrlFault::Malformed(_)));
        assert!(matches!(fault("https://"), UrlFault::Malformed(_)));
        assert_eq!(fault(&format!("https://example.com/{}", "a".repeat(2_000))), UrlFault::Length);
        for good in ["https://example.com/hooks?a=b", "https://example.com:8443/", "https://1.1.1.1/", "https://münchen.example.com/"] {
            assert!(check_url(good, Reach::Public).is_ok(), "{good}");
        }
    }

    #[test]
    fn in_development_anything_can_be_reached_by_http() {
        for good in ["http://127.0.0.1:9000/hook", "http://localhost/", "https://10.0.0.1/"] {
            assert!(check_url(good, Reach::Anywhere).is_ok(), "{good}");
        }
        assert_eq!(check_url("http://user@localhost/", Reach::Anywhere), Err(UrlFault::Credentials));
    }
}
