//! The headers that every gateway response has.

use std::cell::RefCell;
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, Entry, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use tollgate_types::code::Code;
use tollgate_types::log::AnsweredBy;

use super::Call;
use super::dry_run::TOLLGATE_DRY_RUN;
use super::key::seconds_up;
use super::request_id::X_REQUEST_ID;
use super::{cors, quota};
use crate::shared::Verdict;

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const UNITS: HeaderName = HeaderName::from_static("tollgate-units");
const QUOTA_REMAINING: HeaderName = HeaderName::from_static("tollgate-quota-remaining");
const ENVIRONMENT: HeaderName = HeaderName::from_static("tollgate-environment");

/// The headers of most responses.
#[derive(Clone, Copy)]
enum Own {
    RequestId,
    Units,
    Environment,
    Policy,
    Left,
    Limit,
    Remaining,
    Reset,
    QuotaRemaining,
    NoSniff,
}

static OWN: [(Own, HeaderName); 10] = [
    (Own::RequestId, X_REQUEST_ID),
    (Own::Units, UNITS),
    (Own::Environment, ENVIRONMENT),
    (Own::Policy, RATELIMIT_POLICY),
    (Own::Left, RATELIMIT),
    (Own::Limit, X_LIMIT),
    (Own::Remaining, X_REMAINING),
    (Own::Reset, X_RESET),
    (Own::QuotaRemaining, QUOTA_REMAINING),
    (Own::NoSniff, X_CONTENT_TYPE_OPTIONS),
];

/// All of them, without values: copying them costs a third of adding one by one. And their
/// positions, in the order of the map's values.
static TEMPLATE: LazyLock<(HeaderMap, Vec<Own>)> = LazyLock::new(|| {
    let empty = |(_, name): &(_, HeaderName)| (name.clone(), HeaderValue::from_static(""));
    // With room for the usual further headers, so that a copy need not grow.
    let mut map = HeaderMap::with_capacity(2 * OWN.len());
    map.extend(OWN.iter().map(empty));
    let order = map
        .keys()
        .filter_map(|name| OWN.iter().find(|(_, own)| own == name))
        .map(|(own, _)| *own)
        .collect();
    (map, order)
});

pub fn add(call: &Call, mut answer: Response) -> Response {
    // A product's server decides itself about caching of its responses.
    let is_own = call.product.is_none()
        || !matches!(call.answered_by, AnsweredBy::Upstream | AnsweredBy::Replay)
        || answer.extensions().get::<Code>().is_some();
    let headers = answer.headers_mut();
    let mut theirs = std::mem::replace(headers, own(call));
    if call.product.is_some() {
        cors::close(&mut theirs);
    }
    merge(headers, theirs);
    if is_own {
        // Responses for one key must not be cached by shared caches.
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if call.is_dry_run {
        headers.insert(TOLLGATE_DRY_RUN, HeaderValue::from_static("true"));
    }
    if let Some(key) = &call.key {
        key.add_retirement_headers(call.now, headers);
    }
    if let Some(origin) = &call.origin {
        cors::allow(headers, origin.clone());
    }
    answer
}

/// Those of [`OWN`] that the call has.
fn own(call: &Call) -> HeaderMap {
    let verdicts = call.limits.as_ref();
    let tightest = verdicts.and_then(|verdicts| {
        verdicts.iter().min_by_key(|verdict| (verdict.allowed, verdict.remaining))
    });
    let value = |own| {
        Some(match own {
            Own::RequestId => value(call.request_id.as_str()),
            Own::Units => number(call.charge.billed_units.into()),
            Own::Environment => HeaderValue::from_static(call.key.as_ref()?.environment.as_str()),
            Own::Policy => {
                call.terms.as_ref().unwrap_or(&call.key.as_ref()?.platform).policy_header.clone()
            }
            Own::Left => {
                LEFT.with_borrow_mut(|text| verdicts.map(|verdicts| left(verdicts, text)))?
            }
            Own::Limit => number(tightest?.capacity.into()),
            Own::Remaining => number(tightest?.remaining.into()),
            Own::Reset => number(seconds_up(call.now_us + tightest?.reset_us)),
            Own::QuotaRemaining => number(quota::left(call)?.1),
            // The response is on the portal's origin: no browser may interpret it as a script or
            // page against its declared type.
            Own::NoSniff => HeaderValue::from_static("nosniff"),
        })
    };
    let (template, order) = &*TEMPLATE;
    let mut headers = template.clone();
    let mut is_missing = [false; OWN.len()];
    for (place, own) in headers.values_mut().zip(order) {
        match value(*own) {
            Some(value) => *place = value,
            None => is_missing[*own as usize] = true,
        }
    }
    for (own, name) in &OWN {
        if is_missing[*own as usize] {
            headers.remove(name);
        }
    }
    headers
}

/// Adds the headers of the response itself, unless they are already set.
fn merge(headers: &mut HeaderMap, theirs: HeaderMap) {
    let mut last = None;
    for (name, value) in theirs {
        // A name only precedes the first of its values.
        if let Some(name) = name {
            last = match headers.entry(&name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                    Some(name)
                }
                Entry::Occupied(_) => None,
            };
        } else if let Some(name) = &last {
            headers.append(name, value);
        }
    }
}

thread_local! {
    /// A buffer, so that a value is allocated once and with its size.
    static LEFT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Most numbers are small and need no allocation.
static NUMBERS: LazyLock<Vec<HeaderValue>> = LazyLock::new(|| {
    (0..1_024).map(|number: u32| HeaderValue::from_static(number.to_string().leak())).collect()
});

fn number(number: u64) -> HeaderValue {
    let small = usize::try_from(number).ok().and_then(|number| NUMBERS.get(number));
    small.cloned().unwrap_or_else(|| value(itoa::Buffer::new().format(number)))
}

/// From a text that was created here, and so is valid in a header.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `"key";r=19;t=1, …`: the remaining calls, and the seconds until the limit is fully restored.
fn left(verdicts: &[Verdict], text: &mut String) -> HeaderValue {
    text.clear();
    let mut number = itoa::Buffer::new();
    for verdict in verdicts {
        text.push_str(if text.is_empty() { "\"" } else { ", \"" });
        text.push_str(verdict.policy);
        text.push_str("\";r=");
        text.push_str(number.format(verdict.remaining));
        text.push_str(";t=");
        text.push_str(number.format(seconds_up(verdict.reset_us)));
    }
    value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn headers_of_a_response_are_kept_unless_the_gateway_sets_them() {
        let mut headers = map(&[("x-request-id", "req_1"), ("tollgate-units", "1")]);
        merge(
            &mut headers,
            map(&[
                ("link", "a"),
                ("tollgate-units", "7"),
                ("link", "b"),
                ("tollgate-units", "8"),
                ("etag", "c"),
            ]),
        );
        assert_eq!(
            headers,
            map(&[
                ("x-request-id", "req_1"),
                ("tollgate-units", "1"),
                ("link", "a"),
                ("link", "b"),
                ("etag", "c")
            ])
        );
    }
}
