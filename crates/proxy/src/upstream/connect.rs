//! Connections to upstreams, unencrypted or with TLS, and forbidden addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

/// Shared by the addresses of a name, so that an unresponsive one does not take all the time.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a connection may be silent before TCP sends keep-alive probes.
const KEEPALIVE: Duration = Duration::from_secs(30);

pub type Connector = HttpsConnector<HttpConnector<Resolver>>;
pub type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

pub fn connector() -> Connector {
    let mut http = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_keepalive(Some(KEEPALIVE));
    http.set_connect_timeout(Some(CONNECT));
    HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(http)
}

/// Whether an upstream may have this address. Private networks are allowed, because upstreams are
/// there; but a machine's metadata service, which gives out credentials, is not.
pub fn is_allowed(ip: IpAddr) -> bool {
    /// Alibaba Cloud's metadata; that of others is link-local.
    const ALIBABA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
    match ip.to_canonical() {
        IpAddr::V4(ip) => !ip.is_link_local() && ip != ALIBABA,
        // Link-local; then the metadata services of Amazon (fd00:ec2::/32) and of Google
        // (fd20:ce::254).
        IpAddr::V6(ip) => {
            !ip.is_unicast_link_local()
                && !matches!(ip.segments(), [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..])
        }
    }
}

/// Resolves with the operating system, and drops what [`is_allowed`] refuses.
#[derive(Clone)]
pub struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.0.call(name);
        Box::pin(async move {
            let allowed: Vec<SocketAddr> =
                found.await?.filter(|address| is_allowed(address.ip())).collect();
            if allowed.is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the host name has no address that is allowed for an upstream",
                ));
            }
            Ok(allowed.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_upstreams_and_metadata_is_none() {
        for ip in [
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "::1",
            "fd00:1::1",
            "203.0.113.9",
            "100.64.0.1",
        ] {
            assert!(is_allowed(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "100.100.100.200",
        ] {
            assert!(!is_allowed(ip.parse().unwrap()), "{ip}");
        }
    }
}
