//! Why a call got the response it got: the steps of the gateway in order, each with its result.

use leptos::prelude::*;

use super::filter::filter_href;
use crate::components::badge::DeliveryStateBadge;
use crate::components::environment::env_href;
use crate::components::format::{count, micros, plural};
use crate::components::marked::Marked;
use crate::types::code::Code;
use crate::types::delivery::Delivery;
use crate::types::log::{AnsweredBy, Explained, LimitLeft, LogFilter, LoggedError};
use crate::types::money::{Currency, UnitPrice};

/// The steps that can end a call, in order. A call is refused for its path or scope only after it
/// has counted against the rate limits; otherwise it could be repeated without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key,
    Limits,
    Scope,
    Quota,
    Idempotency,
    CallResponse,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Key => "Key",
            Self::Limits => "Rate limits",
            Self::Scope => "Operation and scope",
            Self::Quota => "Quota",
            Self::Idempotency => "Idempotency",
            Self::CallResponse => "Response",
        }
    }

    /// Where a call ended; `None` if nothing refused it.
    fn of(explained: &Explained) -> Option<Self> {
        let log = &explained.log;
        let code = Code::from_code(&log.code)?;
        Some(if log.answered_by == AnsweredBy::Gateway {
            Self::refusing(code)
        } else {
            Self::CallResponse
        })
    }

    /// The step of the gateway that refuses calls with this code.
    const fn refusing(code: Code) -> Self {
        match code {
            Code::AmbiguousCredentials
            | Code::MissingKey
            | Code::InvalidKey
            | Code::ExpiredKey
            | Code::RevokedKey
            | Code::DisabledKey
            | Code::IpNotAllowed => Self::Key,
            Code::InsufficientScope
            | Code::NotSubscribed
            | Code::NotFound
            | Code::MethodNotAllowed => Self::Scope,
            Code::RateLimited => Self::Limits,
            Code::QuotaExceeded | Code::SpendCapReached | Code::PaymentRequired => Self::Quota,
            Code::IdempotencyKeyMissing
            | Code::IdempotencyInFlight
            | Code::IdempotencyMismatch
            | Code::IdempotencyUnknown => Self::Idempotency,
            // The journal is not writable, or none of the above: listed completely, so that new
            // codes are considered.
            Code::InvalidRequest
            | Code::NotSignedIn
            | Code::WrongEnvironment
            | Code::Forbidden
            | Code::Conflict
            | Code::BodyTooLarge
            | Code::UriTooLong
            | Code::HeadersTooLarge
            | Code::UnsupportedMediaType
            | Code::ValidationFailed
            | Code::Internal
            | Code::Unavailable
            | Code::UpstreamFailed
            | Code::UpstreamTimeout => Self::CallResponse,
        }
    }
}

/// An empty text as a dash.
pub fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[component]
pub fn Steps(explained: Explained, currency: Currency) -> impl IntoView {
    let ended = Step::of(&explained);
    let Explained { log, key_prefix, key_name, scope, error, docs, events } = explained;
    let of_key = LogFilter { key_id: log.key_id.clone(), ..LogFilter::default() };
    let key = if log.key_id.is_empty() {
        view! { <span>"The call had no valid key."</span> }.into_any()
    } else {
        let href = env_href(&format!("/dashboard/keys/{}", log.key_id), log.environment);
        view! {
            <a class="link" href=href><code>{or_dash(key_prefix)}</code> " " {key_name}</a>
            " · "
            <a class="link" href=filter_href(&of_key, log.environment)>"All calls with this key"</a>
        }
        .into_any()
    };
    let scope = match (scope.is_empty(), docs) {
        (true, _) if log.code == "method_not_allowed" => {
            view! { <span>"The path has no operation with this method."</span> }.into_any()
        }
        (true, _) => view! { <span>"The path matches no operation."</span> }.into_any(),
        (false, Some(docs)) => view! {
            <span><a class="link" href=docs><code>{log.operation.clone()}</code></a> " needs the scope " <code>{scope}</code> "."</span>
        }
        .into_any(),
        (false, None) => view! { <span>"The operation needs the scope " <code>{scope}</code> "."</span> }.into_any(),
    };
    let quota = match (log.quota, log.quota_remaining) {
        // The remaining units are those after the call.
        (Some(quota), Some(left)) => {
            let used = quota.saturating_sub(left).saturating_sub(log.billed_units);
            let included = plural(quota, "included unit", "included units");
            let verb = if used == 1 { "was" } else { "were" };
            format!("{} of {included} {verb} used before this call.", count(used))
        }
        _ => "No quota applied.".to_owned(),
    };
    let response = match log.answered_by {
        AnsweredBy::Upstream
            if matches!(log.code.as_str(), "upstream_failed" | "upstream_timeout") =>
        {
            "The gateway sent the response, because the product's server sent none."
        }
        AnsweredBy::Gateway => "The gateway sent the response; no handler was called.",
        AnsweredBy::OwnApi => "The portal's own API sent the response.",
        AnsweredBy::Upstream => "The product's server sent the response.",
        AnsweredBy::Mock => "The sandbox built from the specification sent the response.",
        AnsweredBy::Replay => {
            "The stored response to an earlier request with the same idempotency key was sent again."
        }
    };
    let not_ours = (log.status >= 400 && log.code.is_empty())
        .then_some(" Its error is in the body of the response, which is not stored.");
    let price = match log.price.parse::<UnitPrice>() {
        _ if log.billed_units == 0 => "Not billed".to_owned(),
        Ok(price) if price == UnitPrice::default() => "Included in the plan".to_owned(),
        Ok(price) => currency.unit_price(price),
        Err(_) => format!("{} minor units of {}", log.price, currency.as_str().to_uppercase()),
    };
    let durations = durations(
        log.answered_by,
        [log.checks_us, log.handler_us, log.latency_us, log.duration_us],
    );
    let durations = durations.into_iter().map(|(name, us)| {
        view! {
            <dt>{name}</dt>
            <dd>{micros(us)}</dd>
        }
    });
    let events = if events.is_empty() {
        view! { <p class="text-muted">"None."</p> }.into_any()
    } else {
        let items = events.into_iter().map(|event| {
            let href = env_href(&format!("/dashboard/events/{}", event.id), log.environment);
            view! {
                <li>
                    <a class="link" href=href><code>{event.kind}</code> " " <code>{event.id}</code></a>
                    <Deliveries deliveries=event.deliveries />
                </li>
            }
        });
        view! { <ul class="space-y-1">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        {error.map(|error| view! { <Refusal error code=log.code.clone() detail=log.detail.clone() step=ended /> })}
        <section class="card mt-4" aria-labelledby="steps">
            <h2 class="mb-3" id="steps">"Steps of the gateway"</h2>
            <ol class="steps">
                <StepLine step=Step::Key ended>{key}</StepLine>
                <StepLine step=Step::Limits ended><Limits limits=log.limits /></StepLine>
                <StepLine step=Step::Scope ended>{scope}</StepLine>
                <StepLine step=Step::Quota ended><span>{quota}</span></StepLine>
                <StepLine step=Step::Idempotency ended>
                    <span>{if log.answered_by == AnsweredBy::Replay { "The idempotency key was used before: the first response was sent again." } else { "No earlier response was sent again." }}</span>
                </StepLine>
                <StepLine step=Step::CallResponse ended>
                    <span>{format!("{response} Status {}.", log.status)} {not_ours}</span>
                </StepLine>
            </ol>
            <h2 class="mt-5 mb-2">"Cost"</h2>
            <dl class="details">
                <dt>"Units"</dt>
                <dd>{format!("{}, of which {} billed", count(log.units), count(log.billed_units))}</dd>
                <dt>"Price"</dt>
                <dd>{price}</dd>
            </dl>
            <h2 class="mt-5 mb-2">"Duration"</h2>
            <dl class="details">
                {durations.collect_view()}
            </dl>
            <h2 class="mt-5 mb-2">"Events"</h2>
            {events}
        </section>
    }
}

/// The parts of a call's duration that were measured, and their sum. A call that was refused early
/// did not reach all steps.
fn durations(
    answered_by: AnsweredBy,
    [checks, handler, latency, duration]: [u64; 4],
) -> Vec<(&'static str, u64)> {
    let was_handled = handler > 0 || answered_by != AnsweredBy::Gateway;
    let mut parts = Vec::new();
    if checks > 0 || was_handled {
        parts.push(("Key, limits, scope", checks));
        if was_handled {
            parts.push(("Handler", handler));
        }
        parts.push(("Completion", latency.saturating_sub(checks + handler)));
    }
    parts.push(("Total", latency));
    if duration > latency {
        parts.push(("Until the body ended", duration));
    }
    parts
}

/// Why the call failed: its error, the known cause, and what to do.
#[component]
fn Refusal(error: LoggedError, code: String, detail: String, step: Option<Step>) -> impl IntoView {
    let LoggedError { title, reason, remedy, docs } = error;
    let lead = match step {
        Some(Step::CallResponse) | None => "Error".to_owned(),
        Some(step) => format!("Refused at the step “{}”", step.name()),
    };
    view! {
        <section class="card mt-4" aria-labelledby="refusal">
            <h2 class="mb-1" id="refusal">{title}</h2>
            <p class="row mb-3 text-muted">{lead} " · " <a class="link" href=docs.clone()><code>{code}</code></a></p>
            <dl class="details">
                {(!detail.is_empty()).then(|| view! { <dt>"Detail"</dt> <dd><Marked text=detail /></dd> })}
                <dt>"Reason"</dt>
                <dd><Marked text=reason /></dd>
                <dt>"What to do"</dt>
                <dd><Marked text=remedy /> " " <a class="link" href=docs>"Documentation of this error"</a></dd>
            </dl>
        </section>
    }
}

/// One step: passed, the one that ended the call, or not reached.
#[component]
fn StepLine(step: Step, ended: Option<Step>, children: Children) -> impl IntoView {
    let (state, word) = match ended {
        Some(end) if end == step => ("refused", "refused"),
        Some(end) if end < step => ("skipped", "not reached"),
        _ => ("passed", "passed"),
    };
    let badge = match state {
        "refused" => "badge badge-danger",
        "skipped" => "badge",
        _ => "badge badge-ok",
    };
    view! {
        <li data-state=state>
            <span class="step-name">{step.name()}</span>
            <span class=badge>{word}</span>
            <div class="min-w-0 break-words">{(state != "skipped").then(children)}</div>
        </li>
    }
}

/// The delivery of an event to each endpoint.
#[component]
fn Deliveries(deliveries: Vec<Delivery>) -> impl IntoView {
    let line = |delivery: Delivery| {
        let href = env_href(
            &format!("/dashboard/webhooks/deliveries/{}", delivery.id),
            delivery.environment,
        );
        let attempts = plural(delivery.attempts.into(), "attempt", "attempts");
        view! {
            <li>
                <a class="link" href=href>"Delivery to " <code>{delivery.endpoint_id.to_string()}</code></a>
                " " <DeliveryStateBadge state=delivery.state /> " " {attempts}
            </li>
        }
    };
    (!deliveries.is_empty()).then(|| view! { <ul class="ml-4 mt-1 space-y-1">{deliveries.into_iter().map(line).collect_view()}</ul> })
}

#[component]
fn Limits(limits: Vec<LimitLeft>) -> impl IntoView {
    if limits.is_empty() {
        return view! { <span>"No rate limit was checked."</span> }.into_any();
    }
    let line = |limit: LimitLeft| {
        let window = plural(limit.window_seconds.into(), "second", "seconds");
        let text = format!(
            "{} of {} in {window} left",
            count(limit.remaining.into()),
            count(limit.limit.into())
        );
        view! { <li><code>{limit.policy}</code> ": " {text}</li> }
    };
    view! { <ul class="space-y-1">{limits.into_iter().map(line).collect_view()}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_were_measured_have_a_duration() {
        let of = |by, checks, handler| {
            let found = durations(by, [checks, handler, 100, 100]);
            found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(of(AnsweredBy::Gateway, 0, 0), ["Total"]);
        let refused = ["Key, limits, scope", "Completion", "Total"];
        assert_eq!(of(AnsweredBy::Gateway, 5, 0), refused);
        let whole = durations(AnsweredBy::OwnApi, [0, 60, 100, 100]);
        assert_eq!(
            whole,
            [("Key, limits, scope", 0), ("Handler", 60), ("Completion", 40), ("Total", 100)]
        );
    }
}
