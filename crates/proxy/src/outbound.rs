//! Requests to addresses from user input: documents that are fetched, webhooks that are delivered.
//! They reach only public addresses, so that nobody can make this server read its own network
//! (SSRF). Each address is checked when the connection is opened, after its name was resolved, so a
//! name that resolves differently a moment later is no risk.

mod address;
mod connect;
mod url;

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub use address::is_public;
pub use connect::Resolver;
use connect::{Guarded, Refused};
pub use url::{UrlFault, check_url};

/// Idle connections that are kept open per host.
const IDLE: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// What may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses over https.
    Public,
    /// Any address, also over http: for development, with receivers on the same machine.
    Anywhere,
}

#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<Guarded>, BoxBody<Bytes, Infallible>>,
    reach: Reach,
}

/// A response, of which at most the requested number of bytes was read.
#[derive(Clone, Debug)]
pub struct OutboundResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Why there is no response. The person who entered the URL sees these texts, so they contain
/// nothing from a resolver or the operating system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Url(#[from] UrlFault),
    /// The same text for a name without an address and for a name with a private one: the
    /// difference would reveal names and addresses in this server's network.
    #[error("the host name does not resolve to a public address")]
    Unresolved,
    #[error("the connection failed")]
    Unreachable,
    #[error("the connection closed before the response was complete")]
    Broken,
    #[error("there was no response within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl Outbound {
    pub fn new(reach: Reach, resolver: Resolver) -> Self {
        let guarded = Guarded::new(reach, resolver, CONNECT);
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(guarded);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE)
            .build(connector);
        Self { client, reach }
    }

    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Sends `request`, follows no redirect, and reads at most `max_body` bytes of the response,
    /// all within `deadline`.
    pub async fn send<B>(
        &self,
        request: Request<B>,
        max_body: usize,
        deadline: Duration,
    ) -> Result<OutboundResponse, Failure>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
    {
        check_url(&request.uri().to_string(), self.reach)?;
        let request = request.map(BodyExt::boxed);
        let answered = async {
            let response = self.client.request(request).await.map_err(|error| cause(&error))?;
            let (parts, mut body) = response.into_parts();
            let (mut bytes, mut is_cut) = (Vec::new(), false);
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.map_err(|_| Failure::Broken)?.into_data() else { continue };
                let room = max_body - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                if data.len() > room {
                    is_cut = true;
                    break;
                }
            }
            Ok(OutboundResponse {
                status: parts.status,
                headers: parts.headers,
                body: bytes.into(),
                is_cut,
            })
        };
        tokio::time::timeout(deadline, answered).await.unwrap_or(Err(Failure::TimedOut(deadline)))
    }
}

/// The text for a failed connection that a person may see.
fn cause(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = source {
        match error.downcast_ref::<Refused>() {
            Some(refused) => {
                tracing::debug!(%refused, "a request to a host from user input was not sent");
                return Failure::Unresolved;
            }
            None => source = error.source(),
        }
    }
    if error.is_connect() { Failure::Unreachable } else { Failure::Broken }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use http_body_util::Full;

    use super::*;

    async fn failure(url: &str, answers: &'static [&'static str]) -> String {
        let resolver = Resolver::Given(Arc::new(move |_: &str| {
            answers.iter().map(|ip| ip.parse::<IpAddr>().unwrap()).collect()
        }));
        let request = Request::get(url).body(Full::new(Bytes::new())).unwrap();
        Outbound::new(Reach::Public, resolver)
            .send(request, 10, Duration::from_secs(5))
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn a_failure_reveals_neither_addresses_nor_internal_names() {
        let unknown = failure("https://unknown.example.com/", &[]).await;
        for inside in [
            &["10.1.2.3"][..],
            &["127.0.0.1"],
            &["1.1.1.1", "192.168.7.9"],
            &["fd00::1"],
            &["::ffff:10.1.2.3"],
        ] {
            assert_eq!(failure("https://intranet.example.com/", inside).await, unknown);
        }
        assert_eq!(unknown, "the host name does not resolve to a public address");
        // Listed completely, so that new variants are reviewed: no text from a resolver, a
        // certificate or the operating system.
        for failure in [
            Failure::Unresolved,
            Failure::Unreachable,
            Failure::Broken,
            Failure::TimedOut(Duration::from_secs(15)),
        ] {
            let text = failure.to_string();
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '), "{text}");
            match failure {
                Failure::Url(_)
                | Failure::Unresolved
                | Failure::Unreachable
                | Failure::Broken
                | Failure::TimedOut(_) => {}
            }
        }
    }
}
