//! Whose address a request comes from. `X-Forwarded-For` counts only as far as proxies we trust
//! wrote it: from the right, the first address that is not one of theirs.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::server::App;

/// Where a request's connection came from, as an extension for pages and server functions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The request's source address, as an extension for pages and server functions.
#[derive(Clone, Copy, Debug)]
pub struct SourceIp(pub IpAddr);

/// Of a request with these headers, whose connection came from `peer`.
pub fn of(app: &App, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    forwarded_for(peer.to_canonical(), headers, &app.config.trusted_proxies)
}

/// What is limited as one source: with IPv6 everybody has a /64 to draw addresses from.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// For pages and server functions, which do not go through the gateway.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let ip = of(&app, peer, request.headers());
    request.extensions_mut().insert(SourceIp(ip));
    next.run(request).await
}

fn forwarded_for(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    if trusted.is_empty() || !is_trusted(peer) {
        return peer;
    }
    let mut last = peer;
    let values = headers.get_all("x-forwarded-for").iter().rev();
    for hop in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(',')) {
        // What a trusted proxy did not write as an address ends the part that can be believed.
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
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
}
