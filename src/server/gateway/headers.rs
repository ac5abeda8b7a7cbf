//! The headers that every gateway answer carries.

use std::cell::RefCell;
use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::Call;
use super::dry_run::TOLLGATE_DRY_RUN;
use super::key::seconds_up;
use super::request_id::X_REQUEST_ID;
use super::{cors, quota};
use crate::server::shared::Verdict;
use crate::types::environment::Environment;

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const UNITS: HeaderName = HeaderName::from_static("tollgate-units");
const QUOTA_REMAINING: HeaderName = HeaderName::from_static("tollgate-quota-remaining");
const ENVIRONMENT: HeaderName = HeaderName::from_static("tollgate-environment");

/// As many as are added here, so that the map grows once.
const ADDED: usize = 9;

pub fn add(call: &Call, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.reserve(ADDED);
    headers.insert(X_REQUEST_ID, value(call.request_id.as_str()));
    headers.insert(UNITS, number(call.charge.billed_units.into()));
    if call.is_dry_run {
        headers.insert(TOLLGATE_DRY_RUN, HeaderValue::from_static("true"));
    }
    if let Some(key) = &call.key {
        let name = match key.environment {
            Environment::Sandbox => "sandbox",
            Environment::Live => "live",
        };
        headers.insert(ENVIRONMENT, HeaderValue::from_static(name));
        let terms = call.terms.as_ref().unwrap_or(&key.platform);
        headers.insert(RATELIMIT_POLICY, terms.policy_header.clone());
        key.tell_retirement(call.now, headers);
    }
    if let Some(origin) = &call.origin {
        cors::allow(headers, origin.clone());
    }
    if let Some((_, left)) = quota::left(call) {
        headers.insert(QUOTA_REMAINING, number(left));
    }
    if let Some(verdicts) = &call.limits {
        headers.insert(RATELIMIT, LEFT.with_borrow_mut(|text| left(verdicts, text)));
        if let Some(tightest) = verdicts.iter().min_by_key(|verdict| (verdict.allowed, verdict.remaining)) {
            headers.insert(X_LIMIT, number(tightest.capacity.into()));
            headers.insert(X_REMAINING, number(tightest.remaining.into()));
            headers.insert(X_RESET, number(seconds_up(call.now_us + tightest.reset_us)));
        }
    }
    answer
}

thread_local! {
    /// Room to write in, so that a value is allocated once and at its size.
    static LEFT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Small numbers, which most are, need no memory of their own.
static NUMBERS: LazyLock<Vec<HeaderValue>> =
    LazyLock::new(|| (0..1_024).map(|number: u32| HeaderValue::from_static(number.to_string().leak())).collect());

fn number(number: u64) -> HeaderValue {
    let small = usize::try_from(number).ok().and_then(|number| NUMBERS.get(number));
    small.cloned().unwrap_or_else(|| value(itoa::Buffer::new().format(number)))
}

/// Of a text that was made here, and so is fit for a header.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `"key";r=19;t=1, …`: what is left, and the seconds until all of it is back.
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
