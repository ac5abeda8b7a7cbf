//! Connections to checked addresses only.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use super::{Reach, is_public};

type Lookup = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Resolves the addresses of a name.
#[derive(Clone, Default)]
pub enum Resolver {
    #[default]
    System,
    /// For tests.
    Given(Arc<Lookup>),
}

impl Resolver {
    async fn resolve(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        match self {
            Self::System => tokio::net::lookup_host((host, port))
                .await
                .map(Iterator::collect)
                .unwrap_or_default(),
            Self::Given(answers) => {
                answers(host).into_iter().map(|ip| SocketAddr::new(ip, port)).collect()
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0} is not a public address")]
    Address(IpAddr),
    #[error("the host name cannot be resolved")]
    Unresolved,
}

#[derive(Clone)]
pub struct Guarded {
    reach: Reach,
    resolver: Resolver,
    timeout: Duration,
}

impl Guarded {
    pub fn new(reach: Reach, resolver: Resolver, timeout: Duration) -> Self {
        Self { reach, resolver, timeout }
    }

    async fn connect(self, uri: Uri) -> Result<TcpStream, Failed> {
        let addresses = self.addresses(&uri).await?;
        // Exactly the addresses that were checked: the name is not resolved again.
        Ok(tokio::time::timeout(self.timeout, TcpStream::connect(&*addresses)).await??)
    }

    /// Where a connection may go, resolved and checked for each new connection.
    async fn addresses(&self, uri: &Uri) -> Result<Vec<SocketAddr>, Refused> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port =
            uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let addresses = match host.parse::<IpAddr>() {
            // A literal address is not resolved.
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => self.resolver.resolve(host, port).await,
        };
        if addresses.is_empty() {
            return Err(Refused::Unresolved);
        }
        // One private address is enough to refuse: combining it with public ones is suspicious.
        if self.reach == Reach::Public
            && let Some(inside) = addresses.iter().find(|address| !is_public(address.ip()))
        {
            return Err(Refused::Address(inside.ip()));
        }
        Ok(addresses)
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let guarded = self.clone();
        Box::pin(async move {
            let stream = guarded.connect(uri).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(stream))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PUBLIC: &str = "93.184.216.34";

    /// A resolver that returns the first of `answers` at first, and the next one each time after.
    fn guarded(answers: &'static [&'static [&'static str]]) -> (Guarded, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let response = move |_: &str| {
            let now = answers
                .get(counted.fetch_add(1, Ordering::Relaxed))
                .unwrap_or(&answers[answers.len() - 1]);
            now.iter().map(|ip| ip.parse().unwrap()).collect()
        };
        (
            Guarded::new(
                Reach::Public,
                Resolver::Given(Arc::new(response)),
                Duration::from_secs(60),
            ),
            asked,
        )
    }

    async fn resolve_uri(guarded: &Guarded, uri: &'static str) -> Result<Vec<SocketAddr>, String> {
        guarded.addresses(&Uri::from_static(uri)).await.map_err(|refused| refused.to_string())
    }

    #[tokio::test]
    async fn a_name_that_is_rebound_after_the_check_reaches_nothing_private() {
        let (guarded, asked) = guarded(&[&[PUBLIC], &["127.0.0.1"]]);
        let first = resolve_uri(&guarded, "https://rebound.example.com:8443/").await;
        assert_eq!(first, Ok(vec![SocketAddr::new(PUBLIC.parse().unwrap(), 8443)]));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "what was checked is what is connected to");
        // An allowed name is checked again at the next connection.
        assert_eq!(
            resolve_uri(&guarded, "https://rebound.example.com:8443/").await,
            Err("127.0.0.1 is not a public address".to_owned())
        );
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn one_address_of_the_inside_is_enough_to_refuse_a_name() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
        ] {
            let answers: Vec<IpAddr> = vec![PUBLIC.parse().unwrap(), inside.parse().unwrap()];
            let resolver = Resolver::Given(Arc::new(move |_: &str| answers.clone()));
            let guarded = Guarded::new(Reach::Public, resolver, Duration::from_secs(60));
            assert!(
                resolve_uri(&guarded, "https://hooks.example.com/")
                    .await
                    .unwrap_err()
                    .ends_with("is not a public address"),
                "{inside}"
            );
        }
    }

    #[tokio::test]
    async fn a_literal_is_checked_though_no_resolver_is_asked() {
        let (guarded, asked) = guarded(&[&[PUBLIC]]);
        for inside in [
            "https://127.0.0.1/",
            "https://127.0.0.1:8443/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]:9/",
            "https://[64:ff9b::a00:1]/",
        ] {
            assert!(resolve_uri(&guarded, inside).await.is_err(), "{inside}");
        }
        assert!(resolve_uri(&guarded, "https://1.1.1.1/").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}
