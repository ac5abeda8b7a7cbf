//! Requests to addresses that others name: documents that are fetched, webhooks that are delivered. They reach nothing
//! but public addresses, so that nobody can make this server look into the network it stands in (SSRF). Each address is
//! checked when the connection is made, after its name was resolved: a name that resolves otherwise a moment later
//! gains nothing.

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

/// Connections that are kept open to one host when there is nothing to send.
const IDLE: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// What may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Reach {
    /// Public addresses by https.
    Public,
    /// Anything, also by http: for development, where receivers run on the same machine.
    Anywhere,
}

#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<Guarded>, BoxBody<Bytes, Infallible>>,
    reach: Reach,
}

/// An answer, of which no more was read than was asked for.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Url(#[from] UrlFault),
    #[error("{0} is not a public address")]
    Address(String),
    #[error("the host's name cannot be resolved")]
    Unresolved,
    #[error("no connection could be made")]
    Unreachable,
    #[error("the connection ended before the answer did")]
    Broken,
    #[error("there was no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl Outbound {
    pub fn new(reach: Reach, resolver: Resolver) -> Self {
        let guarded = Guarded::new(reach, resolver, CONNECT);
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(guarded);
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

    /// Sends `request`, follows no redirect, and reads at most `max_body` bytes of the answer, all of it within
    /// `deadline`.
    pub async fn send<B>(&self, request: Request<B>, max_body: usize, deadline: Duration) -> Result<Answered, Failure>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
    {
        check_url(&request.uri().to_string(), self.reach)?;
        let request = request.map(BodyExt::boxed);
        let answered = async {
            let answer = self.client.request(request).await.map_err(|error| cause(&error))?;
            let (parts, mut body) = answer.into_parts();
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
            Ok(Answered { status: parts.status, headers: parts.headers, body: bytes.into(), is_cut })
        };
        tokio::time::timeout(deadline, answered).await.unwrap_or(Err(Failure::TimedOut(deadline)))
    }
}

/// What a person can be told of a failed connection.
fn cause(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = source {
        match error.downcast_ref::<Refused>() {
            Some(Refused::Address(ip)) => return Failure::Address(ip.to_string()),
            Some(Refused::Unresolved) => return Failure::Unresolved,
            None => source = error.source(),
        }
    }
    if error.is_connect() { Failure::Unreachable } else { Failure::Broken }
}
