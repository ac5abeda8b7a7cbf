//! Which headers pass, either way. What belongs to one connection does not (RFC 9110, 7.6.1), nor what is between the
//! caller and the gateway, nor what only the gateway may say.

use std::fmt::Write;
use std::net::IpAddr;

use axum::body::Bytes;
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
const ADDED: usize = 12;
/// Room for the texts of [`Values`].
const ROOM: usize = 384;

/// The headers of what goes out, apart from the length of its body, which HTTP itself writes.
pub fn outgoing(upstreams: &Upstreams, target: &Target, call: &Outgoing<'_>, inbound: HeaderMap, path_and_query: &str) -> HeaderMap {
    let mut headers = kept(inbound, is_kept_of_request);
    headers.insert(HOST, target.host.clone());
    let portal = &upstreams.portal;
    headers.insert(X_FORWARDED_HOST, portal.host.clone());
    headers.insert(X_FORWARDED_PROTO, portal.proto.clone());
    headers.append(VIA, HeaderValue::from_static("1.1 tollgate"));
    headers.insert(ENVIRONMENT, HeaderValue::from_static(call.environment.as_str()));
    let mut number = itoa::Buffer::new();
    let (request_id, org, key_id, timestamp) = (call.request_id.as_str(), call.org, call.key_id, number.format(call.now.0 / 1_000));
    let mut values = Values { text: String::with_capacity(ROOM), ends: Vec::with_capacity(ADDED) };
    for (name, text) in [(X_REQUEST_ID, request_id), (ORG, org), (KEY_ID, key_id), (TIMESTAMP, timestamp)] {
        values.put(name, |value| value.push_str(text));
    }
    let method = call.request.method().as_str();
    let signed = [timestamp, method, path_and_query, request_id, org, key_id, call.environment.as_str()];
    values.put(SIGNATURE, |value| target.signer.sign(signed, value));
    values.put(X_FORWARDED_FOR, |value| _ = write!(value, "{}", call.source_ip));
    values.put(FORWARDED, |value| portal.write_forwarded(value, call.source_ip));
    values.insert_into(&mut headers);
    headers
}

/// Values that each request has of its own, in one piece of memory: it is made, copied and given back once for all.
struct Values {
    text: String,
    ends: Vec<(HeaderName, usize)>,
}

impl Values {
    fn put(&mut self, name: HeaderName, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push((name, self.text.len()));
    }

    fn insert_into(self, headers: &mut HeaderMap) {
        let (text, mut start) = (Bytes::from(self.text), 0);
        for (name, end) in self.ends {
            let value = HeaderValue::from_maybe_shared(text.slice(start..end));
            headers.insert(name, value.unwrap_or_else(|_| HeaderValue::from_static("")));
            start = end;
        }
    }
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

    /// `Forwarded` (RFC 7239).
    fn write_forwarded(&self, text: &mut String, ip: IpAddr) {
        let _ = match ip {
            IpAddr::V4(ip) => write!(text, "for={ip}{}", self.forwarded),
            IpAddr::V6(ip) => write!(text, "for=\"[{ip}]\"{}", self.forwarded),
        };
    }
}
