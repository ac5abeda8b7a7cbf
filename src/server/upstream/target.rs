//! Where a product's calls go.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderValue, Uri};
use url::{Host, Url};

use super::connect;
use super::path;
use super::pool::Origin;
use super::sign::Signer;
use crate::server::{Error, Result};

/// How a product's upstream is to be called.
pub struct Settings<'a> {
    pub base: &'a Url,
    /// What calls are signed with.
    pub secret: &'a [u8],
    pub connect_timeout: Duration,
    /// From the call's beginning to the answer's head.
    pub timeout: Duration,
    /// How long it may send nothing in the middle of an answer.
    pub idle: Duration,
    /// What a request may carry; none for the server's own limit.
    pub max_body_bytes: Option<usize>,
}

pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
pub const TIMEOUT: Duration = Duration::from_secs(30);
pub const IDLE: Duration = Duration::from_secs(30);
/// At least so long where it sends a stream of events, which are seldom by nature.
const IDLE_EVENTS: Duration = Duration::from_secs(5 * 60);

impl<'a> Settings<'a> {
    pub fn new(base: &'a Url, secret: &'a [u8]) -> Self {
        Self { base, secret, connect_timeout: CONNECT_TIMEOUT, timeout: TIMEOUT, idle: IDLE, max_body_bytes: None }
    }
}

/// An upstream that was looked at once, ready for calls.
pub struct Target {
    pub(super) origin: Arc<Origin>,
    pub(super) host: HeaderValue,
    /// Without a slash at its end.
    path: String,
    /// As it begins the URL of an answer's `Location`.
    address: String,
    pub(super) signer: Signer,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    idle: Duration,
    pub(super) max_body_bytes: usize,
}

impl Target {
    pub(super) fn new(settings: &Settings<'_>, max_body_bytes: usize, origin: impl FnOnce(Uri) -> Arc<Origin>) -> Result<Self> {
        let base = check(settings.base).map_err(|reason| Error::field("base_url", "invalid_format", reason))?;
        let address = base.origin().ascii_serialization();
        let host = address.split_once("://").map_or("", |(_, host)| host);
        let scheme = if base.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
        let authority: Authority = host.parse().map_err(anyhow::Error::from)?;
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build().map_err(anyhow::Error::from)?;
        Ok(Self {
            origin: origin(uri),
            host: HeaderValue::try_from(host).map_err(anyhow::Error::from)?,
            path: base.path().trim_end_matches('/').to_owned(),
            signer: Signer::new(settings.secret)?,
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            idle: settings.idle,
            max_body_bytes: settings.max_body_bytes.unwrap_or(max_body_bytes),
            address,
        })
    }

    pub(super) fn join(&self, rest: &str) -> Result<Uri> {
        path::join(&self.path, rest)
    }

    /// How long the upstream may send nothing in the middle of an answer with these headers.
    pub(super) fn idle(&self, headers: &HeaderMap) -> Duration {
        let is_events = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        if is_events { self.idle.max(IDLE_EVENTS) } else { self.idle }
    }

    /// What a caller is told instead of a `location` at the upstream. None for one that leads elsewhere, an error for
    /// one that callers do not reach.
    pub(super) fn public(&self, product: &str, location: &str) -> Option<Result<String, ()>> {
        let path = match location.get(..self.address.len()) {
            Some(start) if start.eq_ignore_ascii_case(&self.address) => &location[self.address.len()..],
            _ if location.starts_with("//") => return Some(Err(())),
            _ if location.starts_with('/') => location,
            _ => return None,
        };
        let is_end = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
        // As `http://host:80801` begins like `http://host:8080`.
        if !is_end(path) {
            return None;
        }
        let rest = path.strip_prefix(self.path.as_str()).filter(|rest| is_end(rest));
        Some(rest.map(|rest| format!("/api/{product}{rest}")).ok_or(()))
    }
}

/// # Errors
/// For a URL that no upstream can have, with the reason.
pub fn check(base: &Url) -> Result<&Url, &'static str> {
    if !matches!(base.scheme(), "http" | "https") {
        return Err("The URL must begin with http:// or https://.");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err("The URL must have no user name or password.");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err("The URL must end with its path: it may have no query and no fragment.");
    }
    let ip = match base.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err("The URL needs a host."),
    };
    if base.port() == Some(0) || ip.is_some_and(|ip| !connect::is_allowed(ip)) {
        return Err("The URL names an address that no product's server can have.");
    }
    Ok(base)
}
