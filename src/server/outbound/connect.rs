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

type Answers = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Who says which addresses a name has.
#[derive(Clone, Default)]
pub enum Resolver {
    #[default]
    System,
    /// For tests.
    Given(Arc<Answers>),
}

impl Resolver {
    async fn resolve(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        match self {
            Self::System => tokio::net::lookup_host((host, port)).await.map(Iterator::collect).unwrap_or_default(),
            Self::Given(answers) => answers(host).into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0} is not a public address")]
    Address(IpAddr),
    #[error("the host's name cannot be resolved")]
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
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let addresses = match host.parse::<IpAddr>() {
            // No resolver is asked for a literal.
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => self.resolver.resolve(host, port).await,
        };
        if addresses.is_empty() {
            return Err(Refused::Unresolved.into());
        }
        // One that leads inside is enough: who gives such an answer beside a public one is up to something.
        if self.reach == Reach::Public
            && let Some(inside) = addresses.iter().find(|address| !is_public(address.ip()))
        {
            return Err(Refused::Address(inside.ip()).into());
        }
        // The very addresses that were checked: no name is resolved again.
        Ok(tokio::time::timeout(self.timeout, TcpStream::connect(&*addresses)).await??)
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
