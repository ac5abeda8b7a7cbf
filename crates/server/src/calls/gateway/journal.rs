//! The last step: the response is recorded in the journal before its status line is sent. A live
//! response that cannot be counted is not sent.

use axum::body::HttpBody;
use axum::response::Response;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::log::Ended;

use super::Call;
use super::quota::{self, CallCost};
use super::{ending, headers};
use crate::journal::{LIMITS, Record, Texts};
use crate::keys::masked;
use crate::problem::Reported;
use crate::{App, Error, Result, problem};

/// Refuses a live call before it does anything, while the journal is not writable.
pub fn check(app: &App, call: &Call) -> Result<()> {
    if call.environment() == Environment::Live && !app.journal.is_writable() {
        Err(uncounted())
    } else {
        Ok(())
    }
}

/// Records the response in the journal and passes it on.
pub async fn record(app: &App, call: &mut Call, answer: Response) -> Response {
    let status = answer.status().as_u16();
    let is_streamed = ending::is_streamed(&answer);
    quota::will_count(call);
    let appending = app.journal.append(&Record {
        is_end: false,
        ended: if is_streamed { Ended::Open } else { Ended::Complete },
        request_id: call.request_id.value(),
        environment: call.environment(),
        status,
        at_ms: call.now.0,
        latency_us: call.latency_us.unwrap_or_else(|| call.elapsed_us()).into(),
        checks_us: call.checks_us,
        handler_us: call.handler_us,
        request_bytes: ending::request_bytes(call, &answer),
        response_bytes: answer.body().size_hint().exact().filter(|_| !is_streamed).unwrap_or(0),
        units: call.charge.units,
        billed_units: call.charge.billed_units,
        price_nano: call.charge.price_nano,
        quota: quota::left(call),
        limits_used: call.limits.map_or([0; LIMITS], |limits| {
            limits.map(|verdict| verdict.capacity.saturating_sub(verdict.remaining))
        }),
        answered_by: call.answered_by,
        source_ip: call.source_ip,
        texts: Texts {
            org_id: call.key.as_ref().map_or("", |key| key.org.as_str()),
            key_id: call.key.as_ref().map_or("", |key| key.id.as_str()),
            product: call.product(),
            operation: call.operation.as_ref().map_or("", |operation| operation.id.as_str()),
            limits: call
                .terms
                .as_ref()
                .filter(|_| call.limits.is_some())
                .map_or("", |terms| terms.policies()),
            method: call.method.as_str(),
            path: &masked(call.path()),
            code: answer.extensions().get::<Code>().map_or("", |code| code.as_str()),
            user_agent: &masked(
                call.user_agent.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default(),
            ),
            client_request_id: &masked(call.client_request_id.as_deref().unwrap_or_default()),
            detail: &masked(
                answer.extensions().get::<Reported>().map_or("", |reported| &reported.0),
            ),
        },
    });
    let counted = appending.await;
    let is_counted = counted.is_ok();
    let answer = match counted {
        Ok(()) if is_streamed => ending::watch(app, call, answer),
        Ok(()) => answer,
        // The cause is logged where it occurred. Sandbox calls are never billed, so they continue.
        Err(_) if call.environment() == Environment::Sandbox => answer,
        Err(_) => {
            call.charge = CallCost::default();
            headers::add(
                call,
                problem::respond(uncounted(), call.request_id.as_str(), &app.config.base_url()),
            )
        }
    };
    // Last, because it may wait: if the client disconnects meanwhile, the end of a streamed
    // response is still recorded.
    quota::finalise(app, call, is_counted).await;
    answer
}

fn uncounted() -> Error {
    Error::new(
        Code::Unavailable,
        "Calls cannot be counted at the moment, so live calls are refused. Try again shortly.",
    )
    .retry_after(2)
}
