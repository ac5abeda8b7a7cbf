//! The filter of an endpoint's deliveries: a GET form, so that its state is the URL.

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::params::ParamsMap;

use crate::components::environment::env_href;
use crate::components::format::encode;
use crate::types::delivery::{DeliveryFilter, DeliveryState};
use crate::types::environment::Environment;

/// The filter in the URL. The endpoint is not part of it: it is the page.
pub fn read_filter(query: &ParamsMap) -> DeliveryFilter {
    let get = |name| query.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    DeliveryFilter {
        endpoint: String::new(),
        state: get("state"),
        event_type: get("type"),
        since: get("since"),
        until: get("until"),
    }
}

fn path(filter: &DeliveryFilter) -> String {
    format!("/dashboard/webhooks/{}", filter.endpoint)
}

/// The URL of `filter`.
pub fn filter_href(filter: &DeliveryFilter, env: Environment) -> String {
    let pairs = [
        ("state", &filter.state),
        ("type", &filter.event_type),
        ("since", &filter.since),
        ("until", &filter.until),
    ];
    let query: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let path = path(filter);
    env_href(&if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }, env)
}

/// Stays in place while the URL changes, and keeps the focus.
#[component]
pub fn FilterForm(env: Memo<Environment>, filter: Memo<DeliveryFilter>) -> impl IntoView {
    let state = move |state: DeliveryState| {
        let selected = Memo::new(move |_| filter.with(|f| f.state == state.as_str()));
        view! { <option value=state.as_str() selected=move || selected.get() prop:selected=move || selected.get()>{state.as_str()}</option> }
    };
    let text = move |id: &'static str,
                     name: &'static str,
                     label: &'static str,
                     kind: &'static str,
                     value: Signal<String>| {
        view! {
            <div class="field">
                <label class="label" for=id>{label}</label>
                <input class="input" id=id name=name type=kind value=value.get_untracked() prop:value=move || value.get() autocomplete="off" spellcheck="false" />
            </div>
        }
    };
    let of = move |get: fn(&DeliveryFilter) -> String| Signal::derive(move || filter.with(get));
    view! {
        <Form method="GET" action=path(&filter.get_untracked()) attr:class="filters" attr:role="search" attr:aria-label="Filter the deliveries">
            <input type="hidden" name="env" value=move || env.get().as_str() />
            <div class="field">
                <label class="label" for="f-state">"State"</label>
                <select class="select" id="f-state" name="state">
                    <option value="">"Any"</option>
                    {DeliveryState::ALL.map(state).collect_view()}
                </select>
            </div>
            {text("f-type", "type", "Event type", "text", of(|f| f.event_type.clone()))}
            {text("f-since", "since", "From (UTC)", "datetime-local", of(|f| f.since.clone()))}
            {text("f-until", "until", "Until (UTC)", "datetime-local", of(|f| f.until.clone()))}
            <div class="flex gap-2">
                <button type="submit" class="btn">"Filter"</button>
                <a class="btn btn-ghost" href=move || env_href(&filter.with(path), env.get())>"Clear"</a>
            </div>
        </Form>
    }
}
