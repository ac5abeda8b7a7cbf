//! A metered call must end in time, because its quota reservation expires: Redis drops it after two
//! minutes. So a body that does not arrive is abandoned, and so is a handler that does not respond.

use std::time::Duration;

use axum::body::HttpBody;
use tokio::time::Instant;
use tollgate_types::code::Code;

use super::Call;
use crate::config::LimitsConfig;
use crate::in_time::in_time;
use crate::{App, Error};

/// How much later than the body the response must be there: a slow sender gets the matching error.
const AFTER_BODY: Duration = Duration::from_secs(1);

fn of_body(limits: &LimitsConfig, call: &Call) -> Instant {
    Instant::from_std(call.began) + Duration::from_secs(limits.call_timeout_seconds.into())
}

pub fn of_response(limits: &LimitsConfig, call: &Call) -> Instant {
    of_body(limits, call) + AFTER_BODY
}

pub fn overdue() -> Error {
    Error::new(Code::Unavailable, "The call took too long and was cancelled. Try again shortly.")
        .retry_after(1)
}

/// Gives the call a body that fails if it has not arrived in time.
pub fn bound_body(app: &App, call: &mut Call) {
    if call.request.body().is_end_stream() {
        return;
    }
    let body = std::mem::take(call.request.body_mut());
    *call.request.body_mut() = in_time(body, of_body(&app.config.limits, call));
}
