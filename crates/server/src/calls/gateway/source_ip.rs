//! The source address of a request. `X-Forwarded-For` counts only as far as trusted proxies wrote
//! it: from the right, the first address that is not a trusted proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::App;

/// The peer of a request's connection, as an extension for pages and server functions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The request's source address, as an extension for pages and server functions.
#[derive(Clone, Copy, Debug)]
pub struct SourceIp(pub IpAddr);

/// For a request with these headers, on a connection from `peer`.
pub fn of(app: &App, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    forwarded_for(peer.to_canonical(), headers, &app.config.trusted_proxies)
}

/// For pages and server functions, which do not use the gateway.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer =
        request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let ip = of(&app, peer, request.headers());
    request.extensions_mut().insert(SourceIp(ip));
    next.run(request).await
}

/// Whether `ip` is a trusted proxy.
pub fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// An entry of `X-Forwarded-For`: an address, which some proxies write with a port or in brackets
/// (`1.2.3.4:567`, `[::1]:80`).
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    if let Ok(ip) = entry.parse() {
        return Some(ip);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn forwarded_for(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| is_trusted(ip, trusted);
    if trusted.is_empty() || !is_trusted(peer) {
        return peer;
    }
    let mut last = peer;
    let values = headers.get_all("x-forwarded-for").iter().rev();
    for hop in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(',')) {
        // An entry of a trusted proxy that is not an address ends the trusted part.
        let Some(ip) = address(hop) else { break };
        last = ip.to_canonical();
        if !is_trusted(last) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(peer: &str, header: &str) -> String {
        let mut headers = HeaderMap::new();
        if !header.is_empty() {
            headers.insert("x-forwarded-for", header.parse().unwrap());
        }
        forwarded_for(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(ip("203.0.113.9", "198.51.100.1"), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_hop_counts() {
        assert_eq!(ip("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(ip("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.9.9.9"), "198.51.100.1");
        assert_eq!(ip("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(ip("10.0.0.1", "198.51.100.1, garbage"), "10.0.0.1");
    }

    #[test]
    fn an_entry_may_have_a_port_or_brackets() {
        for (header, source) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[::ffff:198.51.100.1]:80", "198.51.100.1"),
            ("198.51.100.1:4711, 10.9.9.9:80", "198.51.100.1"),
            ("198.51.100.1:99999", "10.0.0.1"),
            ("198.51.100.1:", "10.0.0.1"),
            ("[198.51.100.1]", "10.0.0.1"),
            ("[2001:db8::1", "10.0.0.1"),
            ("unknown", "10.0.0.1"),
        ] {
            assert_eq!(ip("10.0.0.1", header), source, "{header}");
        }
    }
}
