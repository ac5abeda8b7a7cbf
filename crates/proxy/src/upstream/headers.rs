//! Filtering of headers, in both directions. Removed are those of one connection (RFC 9110, 7.6.1),
//! those between the caller and the gateway, and those that only the gateway may set.

use std::fmt::Write;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::header::{
    ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, EXPECT, FORWARDED, HOST, LOCATION, SERVER,
    SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::Upstreams;
use super::outgoing::Outgoing;
use super::target::{Call, Target};

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
/// Path and query of an upstream's redirect that leads outside of its base path, which callers
/// cannot reach.
const UPSTREAM_LOCATION: HeaderName = HeaderName::from_static("tollgate-upstream-location");
/// The units reported by an upstream; the gateway reads them and sets its own header.
const UNITS: &str = "tollgate-units";

/// The number of headers that are added to a request and, by the gateway, to a response.
const ADDED: usize = 12;
/// The capacity for the texts of [`Values`].
const ROOM: usize = 512;

/// The headers of the outgoing request, except the length of its body, which hyper writes.
pub fn outgoing(
    upstreams: &Upstreams,
    target: &Target,
    call: &Outgoing<'_>,
    inbound: HeaderMap,
    path_and_query: &str,
) -> HeaderMap {
    let is_kept =
        if target.allows_overrides { is_kept_of_request } else { is_kept_without_overrides };
    let mut headers = kept(inbound, is_kept);
    headers.insert(HOST, target.host.clone());
    let portal = &upstreams.portal;
    headers.insert(X_FORWARDED_HOST, portal.host.clone());
    headers.insert(X_FORWARDED_PROTO, portal.proto.clone());
    headers.append(VIA, HeaderValue::from_static("1.1 tollgate"));
    headers.insert(ENVIRONMENT, HeaderValue::from_static(call.environment.as_str()));
    let mut number = itoa::Buffer::new();
    let (request_id, org, key_id, timestamp) =
        (call.request_id.as_str(), call.org, call.key_id, number.format(call.now.0 / 1_000));
    let mut values = Values { text: String::with_capacity(ROOM), ends: Vec::with_capacity(ADDED) };
    for (name, text) in
        [(X_REQUEST_ID, request_id), (ORG, org), (KEY_ID, key_id), (TIMESTAMP, timestamp)]
    {
        values.put(name, |value| value.push_str(text));
    }
    let method = call.request.method().as_str();
    let signed =
        [timestamp, method, path_and_query, request_id, org, key_id, call.environment.as_str()];
    values.put(SIGNATURE, |value| target.signer.sign(signed, call.now, value));
    values.put(X_FORWARDED_FOR, |value| _ = write!(value, "{}", call.source_ip));
    values.put(FORWARDED, |value| portal.write_forwarded(value, call.source_ip));
    values.insert_into(&mut headers);
    headers
}

/// Header values of each request, in one allocation: created, copied and freed together.
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

/// The headers of a response. `has_length` if its declared length is that of the body, or of the
/// body it would have.
pub fn answered(
    target: &Target,
    call: Call<'_>,
    inbound: HeaderMap,
    has_length: bool,
) -> HeaderMap {
    let mut headers = kept(inbound, is_kept_of_response);
    if !has_length {
        headers.remove(CONTENT_LENGTH);
    }
    for name in [LOCATION, CONTENT_LOCATION] {
        let Some(location) = headers.get(&name) else { continue };
        match std::str::from_utf8(location.as_bytes())
            .ok()
            .and_then(|location| target.public(call, location))
        {
            Some(Ok(public)) => _ = headers.insert(name, value(&public)),
            Some(Err(outside)) => {
                let outside = value(&outside);
                // On the portal's own origin it would lead to a page of the portal, and the
                // upstream's address is private.
                headers.remove(&name);
                if name == LOCATION {
                    headers.insert(UPSTREAM_LOCATION, outside);
                }
            }
            None => {}
        }
    }
    if headers.get(CONTENT_TYPE).is_some_and(may_run_scripts) {
        // A page of the upstream is on the portal's origin: it must not act there for its visitors.
        headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    }
    headers
}

/// Whether a browser that opens it as a page would run scripts in it.
fn may_run_scripts(content_type: &HeaderValue) -> bool {
    let text = content_type.as_bytes();
    let has = |word: &[u8]| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"html") || has(b"xml") || has(b"svg")
}

/// Whether `name` is passed on, apart from those that `Connection` lists.
fn kept(inbound: HeaderMap, is_kept: fn(&HeaderName) -> bool) -> HeaderMap {
    let named: Vec<HeaderName> =
        if inbound.contains_key(CONNECTION) { named(&inbound) } else { Vec::new() };
    let mut headers = HeaderMap::with_capacity(inbound.len() + ADDED);
    let mut last = None;
    for (name, value) in inbound {
        // A name only precedes the first of its values.
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

/// The elements of a header that is a list.
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
    match as_variable(name.as_str()) {
        // The same name for such a server, which must not get a forged value of our headers.
        Some(hyphened) => HeaderName::try_from(hyphened).is_ok_and(|name| is_kept_by_name(&name)),
        None => is_kept_by_name(name),
    }
}

fn is_kept_by_name(name: &HeaderName) -> bool {
    if is_of_connection(name)
        || [HOST, AUTHORIZATION, COOKIE, CONTENT_LENGTH, EXPECT, FORWARDED].contains(name)
    {
        return false;
    }
    let name = name.as_str();
    let is_ours = name.starts_with("tollgate-") || name.starts_with("x-forwarded-");
    !is_ours && !names_a_source(name) && !matches!(name, "x-api-key" | "x-request-id" | "cookie2")
}

/// Headers by which proxies and networks report who calls: only Tollgate knows that here. And
/// `Proxy`, which CGI servers take for the proxy of their own requests (httpoxy).
fn names_a_source(name: &str) -> bool {
    matches!(
        name,
        "proxy"
            | "x-real-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "x-original-forwarded-for"
            | "x-original-for"
            | "x-envoy-external-address"
            | "x-azure-clientip"
            | "x-appengine-user-ip"
            | "client-ip"
            | "true-client-ip"
            | "fastly-client-ip"
            | "fly-client-ip"
            | "cf-connecting-ip"
            | "cf-connecting-ipv6"
            | "cf-pseudo-ipv4"
    )
}

/// A server that passes headers on as environment variables, as CGI does (RFC 3875, 4.1.18),
/// confuses `Tollgate_Org` with `Tollgate-Org`; some do so with other characters, too. The name
/// that such a server reads; `None` if it is the same.
fn as_variable(name: &str) -> Option<String> {
    let is_same = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (!name.bytes().all(is_same))
        .then(|| name.bytes().map(|b| if is_same(b) { char::from(b) } else { '-' }).collect())
}

/// Like [`is_kept_of_request`], without headers that make a server use another method or path than
/// the allowed one.
fn is_kept_without_overrides(name: &HeaderName) -> bool {
    let text = name.as_str();
    let is_override = match as_variable(text) {
        Some(hyphened) => overrides(&hyphened),
        None => overrides(text),
    };
    !is_override && is_kept_of_request(name)
}

/// Known to frameworks, load balancers and servers: Rails, Express, Laravel, Symfony, ASP.NET, IIS,
/// Envoy, nginx and others.
fn overrides(name: &str) -> bool {
    // Most names are distinguished by their first bytes.
    let Some(rest) = name.strip_prefix("x-") else {
        return name == "base-url" || name == "destination-url";
    };
    matches!(
        rest,
        "http-method-override"
            | "http-method"
            | "method-override"
            | "method"
            | "original-method"
            | "original-url"
            | "original-uri"
            | "original-path"
            | "original-host"
            | "rewrite-url"
            | "rewrite-uri"
            | "override-url"
            | "http-path-override"
            | "http-destinationurl"
            | "http-host-override"
            | "host-override"
            | "host"
            | "proxy-url"
            | "request-uri"
            | "envoy-original-path"
            | "envoy-original-method"
            | "envoy-original-dst-host"
            | "accel-redirect"
            | "sendfile"
            | "waws-unencoded-url"
            | "ms-original-url"
    )
}

fn is_kept_of_response(name: &HeaderName) -> bool {
    if is_of_connection(name) || [SET_COOKIE, SERVER, VIA].contains(name) {
        return false;
    }
    let name = name.as_str();
    // Only the portal decides about CORS and about how it is reached.
    let is_ours = ["tollgate-", "ratelimit", "x-ratelimit", "access-control-"]
        .iter()
        .any(|ours| name.starts_with(ours));
    let is_about_here = matches!(
        name,
        "x-request-id"
            | "idempotent-replayed"
            | "alt-svc"
            | "strict-transport-security"
            | "x-powered-by"
            | "set-cookie2"
    );
    // The gateway adds its own to the headers that the server exposes to pages of other origins.
    name == UNITS
        || name == ACCESS_CONTROL_EXPOSE_HEADERS
        || !(is_ours || is_about_here || acts_on_origin(name) || acts_on_proxy(name))
}

/// Headers that order a proxy in front of the portal to do something, such as to send a file of its
/// own (nginx, Apache, lighttpd, LiteSpeed, Perlbal).
fn acts_on_proxy(name: &str) -> bool {
    name.starts_with("x-accel-")
        || matches!(
            name,
            "x-sendfile"
                | "x-sendfile-temporary"
                | "x-lighttpd-send-file"
                | "x-litespeed-location"
                | "x-reproxy-url"
                | "x-reproxy-file"
        )
}

/// Headers that affect a whole origin, or what a browser does next: the origin is the portal's,
/// where people are logged in.
fn acts_on_origin(name: &str) -> bool {
    matches!(
        name,
        "clear-site-data"
            | "service-worker-allowed"
            | "refresh"
            | "nel"
            | "report-to"
            | "reporting-endpoints"
            | "public-key-pins"
            | "public-key-pins-report-only"
            | "expect-ct"
            | "accept-ch"
            | "critical-ch"
            | "origin-agent-cluster"
            | "set-login"
            | "speculation-rules"
            | "supports-loading-mode"
            | "sec-session-registration"
            | "use-as-dictionary"
    )
}

/// From a text that is valid in a header; otherwise nothing is set.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// How callers reach the portal, for upstreams.
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
        Self {
            host: value(&host),
            proto: value(proto),
            forwarded: format!(";host=\"{host}\";proto={proto}"),
        }
    }

    /// `Forwarded` (RFC 7239).
    fn write_forwarded(&self, text: &mut String, ip: IpAddr) {
        let _ = match ip {
            IpAddr::V4(ip) => write!(text, "for={ip}{}", self.forwarded),
            IpAddr::V6(ip) => write!(text, "for=\"[{ip}]\"{}", self.forwarded),
        };
    }
}
