//! The headers that every gateway answer carries.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::Call;
use super::dry_run::TOLLGATE_DRY_RUN;
use super::key::seconds_up;
use super::quota;
use super::request_id::X_REQUEST_ID;
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
    if let Ok(id) = HeaderValue::from_str(call.request_id.as_str()) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(UNITS, call.charge.billed_units.into());
    if call.is_dry_run {
        headers.insert(TOLLGATE_DRY_RUN, HeaderValue::from_static("true"));
    }
    if let Some(key) = &call.key {
        let name = match key.environment {
            Environment::Sandbox => "sandbox",
            Environment::Live => "live",
        };
        headers.insert(ENVIRONMENT, HeaderValue::from_static(name));
        headers.insert(RATELIMIT_POLICY, key.policy_header.clone());
        key.tell_retirement(call.now, headers);
    }
    if let Some((_, left)) = quota::left(call) {
        headers.insert(QUOTA_REMAINING, left.into());
    }
    if let Some(verdicts) = &call.limits {
        if let Ok(left) = HeaderValue::try_from(left(verdicts)) {
            headers.insert(RATELIMIT, left);
        }
        if let Some(tightest) = verdicts.iter().min_by_key(|verdict| (verdict.allowed, verdict.remaining)) {
            headers.insert(X_LIMIT, tightest.rate.calls.into());
            headers.insert(X_REMAINING, tightest.remaining.into());
            headers.insert(X_RESET, seconds_up(call.now_us + tightest.reset_us).into());
        }
    }
    answer
}

/// `"key";r=19;t=1, …`: what is left, and the seconds until all of it is back.
fn left(verdicts: &[Verdict]) -> String {
    let mut text = String::with_capacity(verdicts.len() * 32);
    let mut number = itoa::Buffer::new();
    for verdict in verdicts {
        text.push_str(if text.is_empty() { "\"" } else { ", \"" });
        text.push_str(verdict.policy);
        text.push_str("\";r=");
        text.push_str(number.format(verdict.remaining));
        text.push_str(";t=");
        text.push_str(number.format(seconds_up(verdict.reset_us)));
    }
    text
}
