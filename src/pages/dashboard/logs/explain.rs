//! Why a call was answered as it was: the gateway's steps in their order, each with what it found.

use leptos::prelude::*;

use super::filter::filter_href;
use crate::components::badge::DeliveryStateBadge;
use crate::components::environment::env_href;
use crate::components::format::{count, micros, plural};
use crate::types::code::Code;
use crate::types::delivery::Delivery;
use crate::types::log::{AnsweredBy, Explained, LimitLeft, LogFilter};

/// The steps that can end a call, in the order they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key,
    Scope,
    Limits,
    Quota,
    Idempotency,
    Answer,
}

impl Step {
    /// Where a call ended; none if nothing refused it.
    fn of(explained: &Explained) -> Option<Self> {
        let log = &explained.log;
        let code = Code::from_code(&log.code)?;
        Some(if log.answered_by == AnsweredBy::Gateway { Self::refusing(code) } else { Self::Answer })
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
            Code::InsufficientScope | Code::NotSubscribed | Code::NotFound | Code::MethodNotAllowed => Self::Scope,
            Code::RateLimited => Self::Limits,
            Code::QuotaExceeded | Code::SpendCapReached | Code::PaymentRequired => Self::Quota,
            Code::IdempotencyKeyMissing | Code::IdempotencyInFlight | Code::IdempotencyMismatch => Self::Idempotency,
            // The journal cannot be written, or what is none of the above: named in full, so that a new code is thought of.
            Code::InvalidRequest
            | Code::NotSignedIn
            | Code::WrongEnvironment
            | Code::Forbidden
            | Code::Conflict
            | Code::BodyTooLarge
            | Code::UnsupportedMediaType
            | Code::ValidationFailed
            | Code::Internal
            | Code::Unavailable
            | Code::UpstreamFailed
            | Code::UpstreamTimeout => Self::Answer,
        }
    }
}

/// An empty text as a dash.
pub fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[component]
pub fn Steps(explained: Explained) -> impl IntoView {
    let ended = Step::of(&explained);
    let log = explained.log;
    let of_key = LogFilter { key_id: log.key_id.clone(), ..LogFilter::default() };
    let key = if log.key_id.is_empty() {
        view! { <span>"No valid key came with the call."</span> }.into_any()
    } else {
        view! {
            <code>{or_dash(explained.key_prefix)}</code>
            " "
            {explained.key_name}
            " "
            <a class="link" href=filter_href(&of_key, log.environment)>"All calls with this key"</a>
        }
        .into_any()
    };
    let scope = if explained.scope.is_empty() {
        view! { <span>"The path matches no operation."</span> }.into_any()
    } else {
        view! { <span>"The operation needs "<code>{explained.scope}</code>"."</span> }.into_any()
    };
    let quota = match (log.quota, log.quota_remaining) {
        (Some(quota), Some(left)) => format!("{} of {} were left.", plural(left, "unit", "units"), count(quota)),
        _ => "None held.".to_owned(),
    };
    let answer = match log.answered_by {
        AnsweredBy::Gateway => "The gateway itself answered; no handler was called.",
        AnsweredBy::OwnApi => "The portal's own API answered.",
        AnsweredBy::Upstream => "The product's server answered.",
        AnsweredBy::Mock => "The sandbox built from the specification answered.",
        AnsweredBy::Replay => "The stored answer to an earlier request with the same idempotency key was given again.",
    };
    let error = (!log.code.is_empty())
        .then(|| view! { " " <a class="link" href=format!("/docs/errors/{}", log.code)><code>{log.code.clone()}</code></a> });
    let write = log.latency_us.saturating_sub(log.checks_us + log.handler_us);
    let events = if explained.events.is_empty() {
        view! { <p class="text-muted">"None."</p> }.into_any()
    } else {
        let items = explained
            .events
            .into_iter()
            .map(|event| view! { <li><code>{event.kind}</code> " " <code class="text-muted">{event.id}</code> <Deliveries deliveries=event.deliveries /></li> });
        view! { <ul class="space-y-1">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="card mt-4" aria-labelledby="steps">
            <h2 class="mb-3" id="steps">"What happened"</h2>
            <ol class="steps">
                <StepLine name="Key" step=Step::Key ended>{key}</StepLine>
                <StepLine name="Scope" step=Step::Scope ended>{scope}</StepLine>
                <StepLine name="Rate limits" step=Step::Limits ended reached=!log.limits.is_empty()><Limits limits=log.limits /></StepLine>
                <StepLine name="Quota" step=Step::Quota ended><span>{quota}</span></StepLine>
                <StepLine name="Idempotency" step=Step::Idempotency ended>
                    <span>{if log.answered_by == AnsweredBy::Replay { "The key was used before: its first answer was given again." } else { "No earlier answer was given again." }}</span>
                </StepLine>
                <StepLine name="Answer" step=Step::Answer ended>
                    <span>{format!("{answer} Status {}.", log.status)} {error}</span>
                </StepLine>
            </ol>
            <h2 class="mt-5 mb-2">"What it cost"</h2>
            <dl class="details">
                <dt>"Units"</dt>
                <dd>{format!("{}, of which {} billed", count(log.units), count(log.billed_units))}</dd>
                <dt>"Price"</dt>
                <dd>{if log.billed_units == 0 { "Not billed".to_owned() } else if log.price == "0" { "Included".to_owned() } else { format!("{} of the currency’s minor unit", log.price) }}</dd>
            </dl>
            <h2 class="mt-5 mb-2">"Where the time went"</h2>
            <dl class="details">
                <dt>"Key, scope, limits"</dt>
                <dd>{micros(log.checks_us)}</dd>
                <dt>"Making the answer"</dt>
                <dd>{micros(log.handler_us)}</dd>
                <dt>"Finishing it"</dt>
                <dd>{micros(write)}</dd>
                <dt>"In all"</dt>
                <dd>{micros(log.latency_us)}</dd>
                {(log.duration_us > log.latency_us)
                    .then(|| view! { <dt>"To the answer’s end"</dt> <dd>{micros(log.duration_us)}</dd> })}
            </dl>
            <h2 class="mt-5 mb-2">"Events it caused"</h2>
            {events}
        </section>
    }
}

/// One step: passed, the one that ended the call, or not reached. A call that is refused for its scope or path
/// takes from the limits all the same, so those can be `reached` nevertheless.
#[component]
fn StepLine(name: &'static str, step: Step, ended: Option<Step>, #[prop(optional)] reached: bool, children: Children) -> impl IntoView {
    let (state, word) = match ended {
        Some(end) if end == step => ("refused", "refused"),
        Some(end) if end < step && !reached => ("skipped", "not reached"),
        _ => ("passed", "passed"),
    };
    let badge = match state {
        "refused" => "badge badge-danger",
        "skipped" => "badge",
        _ => "badge badge-ok",
    };
    view! {
        <li data-state=state>
            <span class="step-name">{name}</span>
            <span class=badge>{word}</span>
            <div class="min-w-0 break-words">{(state != "skipped").then(children)}</div>
        </li>
    }
}

/// What became of an event at each endpoint.
#[component]
fn Deliveries(deliveries: Vec<Delivery>) -> impl IntoView {
    let line = |delivery: Delivery| {
        let href = env_href(&format!("/dashboard/webhooks/deliveries/{}", delivery.id), delivery.environment);
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
        return view! { <span>"None was asked."</span> }.into_any();
    }
    let line = |limit: LimitLeft| {
        let window = plural(limit.window_seconds.into(), "second", "seconds");
        let text = format!("{} of {} in {window} left", count(limit.remaining.into()), count(limit.limit.into()));
        view! { <li><code>{limit.policy}</code> ": " {text}</li> }
    };
    view! { <ul class="space-y-1">{limits.into_iter().map(line).collect_view()}</ul> }.into_any()
}
