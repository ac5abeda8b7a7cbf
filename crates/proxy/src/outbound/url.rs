//! Validation of a URL before anything is resolved or reached.

use std::net::IpAddr;

use ::url::{Host, Url};

use super::{Reach, is_public};

const MAX_URL: usize = 2_000;

/// Ports of other protocols, whose servers could misinterpret a request: those that browsers block
/// as well (Fetch, "port blocking"). Sorted.
const OTHERS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("This is not a URL: {0}.")]
    Malformed(String),
    #[error("The URL must begin with https://.")]
    Scheme,
    #[error("The URL must not contain a user name or password.")]
    Credentials,
    #[error("The URL must not have a fragment.")]
    Fragment,
    #[error("The URL contains the address {0}, which is not public.")]
    Address(String),
    #[error("The URL points to this machine or a private network.")]
    Name,
    #[error("The URL uses port {0}, which belongs to another protocol.")]
    Port(u16),
    #[error("The URL is longer than {MAX_URL} characters.")]
    Length,
}

/// Names that are never public (RFC 6761, RFC 8375, RFC 9476), whatever a resolver returns.
const INSIDE: [&str; 8] =
    ["localhost", "local", "internal", "home.arpa", "invalid", "test", "alt", "onion"];

/// Parses a URL from user input. Addresses are checked in every notation of the URL standard,
/// including decimal, octal, hexadecimal and shortened ones.
pub fn check_url(text: &str, reach: Reach) -> Result<Url, UrlFault> {
    if text.len() > MAX_URL {
        return Err(UrlFault::Length);
    }
    let url: Url = text
        .trim()
        .parse()
        .map_err(|error: ::url::ParseError| UrlFault::Malformed(error.to_string()))?;
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
    // In development a receiver may be anywhere.
    if let Some(port) = url.port().filter(|port| !is_anywhere && OTHERS.binary_search(port).is_ok())
    {
        return Err(UrlFault::Port(port));
    }
    let address = |ip: IpAddr| {
        if is_anywhere || is_public(ip) { Ok(()) } else { Err(UrlFault::Address(ip.to_string())) }
    };
    match url.host() {
        None => Err(UrlFault::Malformed("it has no host".into())),
        Some(Host::Ipv4(ip)) => address(ip.into()),
        Some(Host::Ipv6(ip)) => address(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_inside = !name.contains('.')
                || INSIDE
                    .iter()
                    .any(|inside| name == *inside || name.ends_with(&format!(".{inside}")));
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
            "https://127。0。0。1/",
            "https://１２７.0.0.1/",
            "https://0x7f.0.0.0x1/",
            "https://017700000001/",
            "https://127.0.1/",
            "https://0xa.0x0.0x0.0x1/",
            "https://%31%32%37.0.0.1/",
            "https://127.0.0.1:8443/",
            "https://[::]/",
            "https://[::127.0.0.1]/",
            "https://[0:0:0:0:0:ffff:a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://192.168.0.1\\@example.com/",
            "https:/10.0.0.1/",
            "https:\\\\10.0.0.1\\",
            " https://10.0.0.1/ ",
            "ht\ntps://10.0.\t0.1/",
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
            // Other spellings of the same names.
            "https://ⓛocalhost/",
            "https://ｌｏｃａｌｈｏｓｔ/",
            "https://local%68ost/",
            "https://a。localhost/",
            "https://localhost:8443/",
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
        // The host is after the last @, whatever it looks like.
        assert_eq!(fault("https://example.com@127.0.0.1/"), UrlFault::Credentials);
        assert_eq!(fault("https://example.com:443@10.0.0.1/"), UrlFault::Credentials);
        assert_eq!(fault("https://:@10.0.0.1/"), UrlFault::Address("10.0.0.1".into()));
        assert_eq!(fault("https://example.com/#a"), UrlFault::Fragment);
        assert!(matches!(fault("not a url"), UrlFault::Malformed(_)));
        assert!(matches!(fault("https://"), UrlFault::Malformed(_)));
        assert_eq!(fault(&format!("https://example.com/{}", "a".repeat(2_000))), UrlFault::Length);
        for good in [
            "https://example.com/hooks?a=b",
            "https://example.com:8443/",
            "https://1.1.1.1/",
            "https://münchen.example.com/",
        ] {
            assert!(check_url(good, Reach::Public).is_ok(), "{good}");
        }
    }

    #[test]
    fn ports_of_other_protocols_are_refused_and_odd_ones_of_http_are_not() {
        assert!(OTHERS.is_sorted());
        for port in [0, 22, 25, 53, 110, 143, 587, 993, 6000, 6667] {
            assert_eq!(fault(&format!("https://example.com:{port}/")), UrlFault::Port(port));
        }
        for bad in [
            "https://example.com:65536/",
            "https://example.com:-1/",
            "https://example.com:4 43/",
            "https://example.com:x/",
        ] {
            assert!(matches!(fault(bad), UrlFault::Malformed(_)), "{bad}");
        }
        for good in [
            "https://example.com:/",
            "https://example.com:0443/",
            "https://example.com:80/",
            "https://example.com:65535/",
        ] {
            assert!(check_url(good, Reach::Public).is_ok(), "{good}");
        }
        assert!(check_url("http://127.0.0.1:9/", Reach::Anywhere).is_ok());
    }

    #[test]
    fn names_of_all_scripts_are_sent_in_their_ascii_form() {
        let url = check_url("https://bücher.example.com/straße?q=ü", Reach::Public).unwrap();
        assert_eq!(url.as_str(), "https://xn--bcher-kva.example.com/stra%C3%9Fe?q=%C3%BC");
    }

    /// A URL that passes the check must be sent unchanged: the client has another URL parser.
    #[test]
    fn the_client_reads_the_same_host_in_what_passes() {
        for text in [
            "https://example.com\\@127.0.0.1/",
            "https://example.com/@127.0.0.1",
            "https://example.com?@127.0.0.1/",
            "https://example.com/a|b^c`d{e}\"f<g>h[i]j",
            "https://example.com/?a|b^c`d{e}\"f<g>h[i]j'k",
            "https://1.1.1.1:8443/../..//x",
            "https://[2606:4700:4700::1111]/",
            "https://EXAMPLE.com./",
        ] {
            let url = check_url(text, Reach::Public).expect(text);
            let uri: axum::http::Uri = url.as_str().parse().expect(text);
            assert_eq!((uri.host(), uri.port_u16()), (url.host_str(), url.port()), "{text}");
        }
    }

    #[test]
    fn in_development_anything_can_be_reached_by_http() {
        for good in ["http://127.0.0.1:9000/hook", "http://localhost/", "https://10.0.0.1/"] {
            assert!(check_url(good, Reach::Anywhere).is_ok(), "{good}");
        }
        assert_eq!(
            check_url("http://user@localhost/", Reach::Anywhere),
            Err(UrlFault::Credentials)
        );
    }
}
