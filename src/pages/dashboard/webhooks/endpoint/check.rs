//! Checking the receiver behind an endpoint.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::prelude::*;

use crate::actions::webhooks::CheckReceiver;
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::marked::marked;
use crate::components::submit::Submit;
use crate::types::environment::Environment;
use crate::types::id::EndpointId;
use crate::types::webhook_check::{CheckResult, ReceiverCheck};

#[component]
pub fn CheckCard(
    id: EndpointId,
    environment: Environment,
    check: ServerAction<CheckReceiver>,
) -> impl IntoView {
    let report = move || {
        check
            .value()
            .get()
            .and_then(Result::ok)
            .map(|check| view! { <div class="mt-3"><Report check /></div> })
    };
    // Without scripts, the form is sent to a separate page.
    let submit = move |ev: SubmitEvent| {
        if let Ok(wanted) = CheckReceiver::from_event(&ev) {
            ev.prevent_default();
            check.dispatch(wanted);
        }
    };
    view! {
        <section class="card" aria-labelledby="check">
            <h2 id="check" class="mb-1">"Check the receiver"</h2>
            <p class="hint mb-3">"Sends a valid delivery, a wrongly signed one, a stale one, a duplicate, one out of order and a slow one, and shows how your server responded. None of them is an event."</p>
            <FormAlert error=error_of(check) />
            <form method="post" action=format!("/dashboard/webhooks/{id}/check") on:submit=submit>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="environment" value=environment.as_str() />
                <Submit label="Check now" busy="This takes a few seconds…" class="btn" pending=check.pending() />
            </form>
            <div role="status">{report}</div>
        </section>
    }
}

/// The receiver's responses to the deliveries.
#[component]
pub fn Report(check: ReceiverCheck) -> impl IntoView {
    let line = |CheckResult { case, is_right, status, error, latency_ms }| {
        let response =
            status.map_or(error, |status| format!("responded with {status} in {latency_ms} ms"));
        let wanted = if case.is_to_be_accepted() { "expected 2xx" } else { "expected 4xx" };
        let (class, word) =
            if is_right { ("badge badge-ok", "right") } else { ("badge badge-danger", "wrong") };
        view! {
            <li class="py-1">
                <span class=class>{word}</span>
                " " {case.about()} ": " {response} ". " <span class="text-muted">{wanted}"."</span>
                {(!is_right).then(|| view! { <span class="block">{marked(case.remedy())}</span> })}
            </li>
        }
    };
    let verdict = if check.is_right {
        "Your receiver passed all checks."
    } else {
        "Your receiver failed some checks."
    };
    view! {
        <p class="font-medium">{verdict}</p>
        <ul class="mt-1">{check.results.into_iter().map(line).collect_view()}</ul>
    }
}
