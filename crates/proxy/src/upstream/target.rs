//! The target of a product's calls.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderValue, Uri};
use tollgate_types::time::Timestamp;
use url::{Host, Position, Url};

use super::connect;
use super::fault::Error;
use super::path;
use super::pool::Origin;
use super::sign::Signers;

/// The settings of a product's upstream.
pub struct Settings<'a> {
    pub base: &'a Url,
    /// The newest signing secret.
    pub secret: &'a [u8],
    /// Further signing secrets, with their ends.
    pub older_secrets: &'a [(&'a [u8], Timestamp)],
    pub connect_timeout: Duration,
    /// From the start of the call to the headers of the response.
    pub timeout: Duration,
    /// How long it may send nothing in the middle of a response.
    pub idle: Duration,
    /// The maximum size of a request body; `None` for the server's own limit.
    pub max_body_bytes: Option<usize>,
    /// Whether headers are passed on that override the method or the path.
    pub allows_overrides: bool,
}

pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
pub const TIMEOUT: Duration = Duration::from_secs(30);
pub const IDLE: Duration = Duration::from_secs(30);
/// The minimum for event streams, which are often silent.
const IDLE_EVENTS: Duration = Duration::from_secs(5 * 60);

impl<'a> Settings<'a> {
    pub fn new(base: &'a Url, secret: &'a [u8]) -> Self {
        Self {
            base,
            secret,
            older_secrets: &[],
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            idle: IDLE,
            max_body_bytes: None,
            allows_overrides: false,
        }
    }
}

/// A validated upstream, ready for calls.
pub struct Target {
    pub(super) origin: Arc<Origin>,
    pub(super) host: HeaderValue,
    /// Without a trailing slash.
    path: String,
    /// As the prefix of a response's `Location`.
    address: String,
    pub(super) signer: Signers,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    idle: Duration,
    pub(super) max_body_bytes: usize,
    pub(super) allows_overrides: bool,
}

impl Target {
    pub(super) fn new(
        settings: &Settings<'_>,
        max_body_bytes: usize,
        origin: impl FnOnce(Uri) -> Arc<Origin>,
    ) -> Result<Self, &'static str> {
        const HOST: &str = "The URL has a host that HTTP cannot name.";
        let base = check(settings.base)?;
        let address = base.origin().ascii_serialization();
        let host = address.split_once("://").map_or("", |(_, host)| host);
        let scheme = if base.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
        let authority: Authority = host.parse().map_err(|_| HOST)?;
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query("/")
            .build()
            .map_err(|_| HOST)?;
        Ok(Self {
            origin: origin(uri),
            host: HeaderValue::try_from(host).map_err(|_| HOST)?,
            path: base.path().trim_end_matches('/').to_owned(),
            signer: Signers::new(settings.secret, settings.older_secrets),
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            idle: settings.idle,
            max_body_bytes: settings.max_body_bytes.unwrap_or(max_body_bytes),
            allows_overrides: settings.allows_overrides,
            address,
        })
    }

    pub(super) fn join(&self, rest: &str) -> Result<Uri, Error> {
        path::join(&self.path, rest)
    }

    /// How long the upstream may send nothing in the middle of a response with these headers.
    pub(super) fn idle(&self, headers: &HeaderMap) -> Duration {
        let is_events = headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        if is_events { self.idle.max(IDLE_EVENTS) } else { self.idle }
    }

    /// Replaces a `location` at the upstream for callers. `None` for one that leads elsewhere; an
    /// error, with its path and query, for one outside of the base path, which callers cannot
    /// reach.
    pub(super) fn public(&self, call: Call<'_>, location: &str) -> Option<Result<String, String>> {
        let host = self.address.find("//").unwrap_or_default();
        let path = match location.get(..self.address.len()) {
            Some(start) if start.eq_ignore_ascii_case(&self.address) => {
                &location[self.address.len()..]
            }
            // Without the scheme.
            _ if location.starts_with("//") => match location.get(..self.address.len() - host) {
                Some(start) if start.eq_ignore_ascii_case(&self.address[host..]) => {
                    &location[start.len()..]
                }
                _ => return None,
            },
            _ if location.starts_with('/') => location,
            // Also those that name this origin in another way, such as with credentials.
            _ => return self.resolved(call, location),
        };
        // Because `http://host:80801` starts with `http://host:8080`.
        if !is_end(path) {
            return None;
        }
        // A client resolves `..`, in any encoding, before it follows the URL: what counts is where
        // it then leads.
        let resolved = Url::parse(&format!("{}{path}", self.address)).ok()?;
        Some(self.within(
            call.product,
            if path.is_empty() { "" } else { &resolved[Position::BeforePath..] },
        ))
    }

    /// Resolves a reference against the request (RFC 3986, 5.2). For callers, the request has a
    /// different path.
    fn resolved(&self, call: Call<'_>, location: &str) -> Option<Result<String, String>> {
        let requested = Url::parse(&format!("{}{}", self.address, call.uri)).ok()?;
        let resolved = requested.join(location).ok()?;
        // Clients read `\\host` like `//host`.
        let is_own = resolved.origin().ascii_serialization() == self.address;
        is_own.then(|| self.within(call.product, &resolved[Position::BeforePath..]))
    }

    fn within(&self, product: &str, path: &str) -> Result<String, String> {
        let rest = path.strip_prefix(self.path.as_str()).filter(|rest| is_end(rest));
        rest.map(|rest| format!("/api/{product}{rest}")).ok_or_else(|| path.to_owned())
    }
}

/// The call that a response belongs to.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub product: &'a str,
    /// Path and query at the upstream.
    pub uri: &'a Uri,
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?', '#'])
}

/// # Errors
/// For a URL that an upstream cannot have, with the reason.
pub fn check(base: &Url) -> Result<&Url, &'static str> {
    if !matches!(base.scheme(), "http" | "https") {
        return Err("The URL must begin with http:// or https://.");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err("The URL must not contain a user name or password.");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err("The URL must end with its path, without a query or fragment.");
    }
    let ip = match base.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err("The URL needs a host."),
    };
    if base.port() == Some(0) || ip.is_some_and(|ip| !connect::is_allowed(ip)) {
        return Err("The URL contains an address that is not allowed for a product's server.");
    }
    Ok(base)
}
