//! Which headers pass, either way. What belongs to one connection does not (RFC 9110, 7.6.1), nor what is between the
//! caller and the gateway, nor what only the gateway may say.

use std::net::IpAddr;

use axum::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_LOCATION, COOKIE, EXPECT, FORWARDED, HOST, LOCATION, SERVER, SET_COOKIE, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::target::Target;
use super::{Outgoing, Upstreams};

pub const UPGRADES: HeaderValue = HeaderValue::from_static("upgrade");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ORG: HeaderName = HeaderName::from_static("tollgate-org");
const KEY_ID: HeaderName = HeaderName::from_static("tollgate-key-id");
const ENVIRONMENT: HeaderName = HeaderName::from_static("tollgate-environment");
const TIMESTAMP: HeaderName = HeaderName::from_static("tollgate-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("tollgate-signature");
/// What an upstream says that its answer costs; the gateway reads it and says it anew.
const UNITS: &str = "tollgate-units";

/// As many as are added to a request, and, by the gateway, to an answer.
const ADDED: usize = 11;

/// The headers of what goes out, apart from the length of its body, which HTTP itself writes.
pub fn outgoing(upstreams: &Upstreams, target: &Target, call: &Outgoing<'_>, inbound: HeaderMap, path_and_query: &str) -> HeaderMap {
    let mut headers = kept(inbound, is_kept_of_request);
    headers.insert(HOST, target.host.clone());
    let portal = &upstreams.portal;
    let (ip, forwarded) = portal.forwarded(call.source_ip);
    headers.insert(FORWARDED, forwarded);
    headers.insert(X_FORWARDED_FOR, ip);
    headers.insert(X_FORWARDED_HOST, portal.host.clone());
    headers.insert(X_FORWARDED_PROTO, portal.proto.clone());
    headers.append(VIA, HeaderValue::from_static("1.1 tollgate"));
    let (request_id, org, key_id) = (call.request_id.as_str(), call.org, call.key_id);
    headers.insert(X_REQUEST_ID, value(request_id));
    headers.insert(ORG, value(org));
    headers.insert(KEY_ID, value(key_id));
    headers.insert(ENVIRONMENT, HeaderValue::from_static(call.environment.as_str()));
    let mut number = itoa::Buffer::new();
    let timestamp = number.format(call.now.0 / 1_000);
    headers.insert(TIMESTAMP, value(timestamp));
    let method = call.request.method().as_str();
    let parts = [timestamp, method, path_and_query, request_id, org, key_id, call.environment.as_str()];
    headers.insert(SIGNATURE, target.signer.sign(parts));
    headers
}

/// The headers of an answer. `has_length` if a length that it states is that of what follows, or of what would.
pub fn answered(target: &Target, product: &str, inbound: HeaderMap, has_length: bool) -> HeaderMap {
    let mut headers = kept(inbound, is_kept_of_answer);
    if !has_length {
        headers.remove(CONTENT_LENGTH);
    }
    for name in [LOCATION, CONTENT_LOCATION] {
        let Some(location) = headers.get(&name) else { continue };
        match location.to_str().ok().and_then(|location| target.public(product, location)) {
            Some(Ok(public)) => _ = headers.insert(name, value(&public)),
            Some(Err(())) => _ = headers.remove(name),
            None => {}
        }
    }
    headers
}

/// Whether `name` may pass, without those that `Connection` names.
fn kept(inbound: HeaderMap, is_kept: fn(&HeaderName) -> bool) -> HeaderMap {
    let named: Vec<HeaderName> = if inbound.contains_key(CONNECTION) { named(&inbound) } else { Vec::new() };
    let mut headers = HeaderMap::with_capacity(inbound.len() + ADDED);
    let mut last = None;
    for (name, value) in inbound {
        // A name stands only before the first of its values.
        if let Some(name) = name {
            last = (is_kept(&name) && !named.contains(&name)).then_some(name);
        }
        if let Some(name) = &last {
            headers.append(name.clone(), value);
        }
    }
    headers
}

fn named(headers: &HeaderMap) -> Vec<HeaderName> {
    tokens(headers, &CONNECTION).filter_map(|token| token.parse().ok()).collect()
}

/// The words of a header that is a list.
pub fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

fn is_of_connection(name: &HeaderName) -> bool {
    [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE].contains(name) || {
        let name = name.as_str();
        name.starts_with("proxy-") || matches!(name, "keep-alive" | "http2-settings")
    }
}

fn is_kept_of_request(name: &HeaderName) -> bool {
    if is_of_connection(name) || [HOST, AUTHORIZATION, COOKIE, CONTENT_LENGTH, EXPECT, FORWARDED].contains(name) {
        return false;
    }
    let name = name.as_str();
    let is_ours = name.starts_with("tollgate-") || name.starts_with("x-forwarded-");
    !is_ours && !matches!(name, "x-api-key" | "x-request-id" | "x-real-ip" | "cookie2")
}

fn is_kept_of_answer(name: &HeaderName) -> bool {
    if is_of_connection(name) || [SET_COOKIE, SERVER, VIA].contains(name) {
        return false;
    }
    let name = name.as_str();
    // Who may call from a browser, and by what way the portal is reached, is the portal's to say.
    let is_ours = ["tollgate-", "ratelimit", "x-ratelimit", "access-control-"].iter().any(|ours| name.starts_with(ours));
    let is_about_here =
        matches!(name, "x-request-id" | "idempotent-replayed" | "alt-svc" | "strict-transport-security" | "x-powered-by" | "set-cookie2");
    name == UNITS || !(is_ours || is_about_here)
}

/// Of a text that is fit for a header; what is not so says nothing.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// How callers reach the portal, as upstreams are told.
pub struct Portal {
    host: HeaderValue,
    proto: HeaderValue,
    /// The end of `Forwarded`.
    forwarded: String,
}

impl Portal {
    pub fn at(base_url: &url::Url) -> Self {
        let host = base_url.host_str().unwrap_or_default();
        let host = base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let proto = base_url.scheme();
        Self { host: value(&host), proto: value(proto), forwarded: format!(";host=\"{host}\";proto={proto}") }
    }

    /// `X-Forwarded-For` and `Forwarded` (RFC 7239).
    fn forwarded(&self, ip: IpAddr) -> (HeaderValue, HeaderValue) {
        let text = ip.to_string();
        let by = if ip.is_ipv6() { format!("for=\"[{text}]\"{}", self.forwarded) } else { format!("for={text}{}", self.forwarded) };
        (value(&text), value(&by))
    }
}
