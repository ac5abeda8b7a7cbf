//! The fields for what bounds a key, in the form that makes one and in the one that changes it.

use leptos::prelude::*;

use crate::components::fields::{FieldError, TextField};
use crate::types::error::UiError;
use crate::types::key::KeyView;

/// What the fields hold, as texts.
#[derive(Clone, Default)]
pub struct Bounds {
    pub ip_allow_list: String,
    pub rate_calls: String,
    pub rate_seconds: String,
    pub spend_cap: String,
}

impl Bounds {
    pub fn of(key: &KeyView) -> Self {
        Self {
            ip_allow_list: key.ip_allow_list.join("\n"),
            rate_calls: key.rate_limit.map(|rate| rate.calls.to_string()).unwrap_or_default(),
            rate_seconds: key.rate_limit.map(|rate| rate.seconds.to_string()).unwrap_or_default(),
            spend_cap: key.spend_cap.map(|cap| cap.to_string()).unwrap_or_default(),
        }
    }

    pub fn is_any(&self) -> bool {
        [&self.ip_allow_list, &self.rate_calls, &self.rate_seconds, &self.spend_cap].iter().any(|text| !text.is_empty())
    }
}

/// Addresses, rate limit and spend cap. All may stay empty.
#[component]
pub fn BoundsFields(bounds: Bounds, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let of = move |name: &'static str| Signal::derive(move || error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned))));
    let (ip_error, rate_error) = (of("ip_allow_list"), of("rate_limit"));
    view! {
        <div class="field">
            <label class="label" for="ip_allow_list">"Allowed addresses"</label>
            <textarea
                class="textarea font-mono"
                id="ip_allow_list"
                name="ip_allow_list"
                rows="3"
                spellcheck="false"
                autocomplete="off"
                aria-describedby="ip_allow_list-hint ip_allow_list-error"
                aria-invalid=move || ip_error.get().is_some().then_some("true")
            >
                {bounds.ip_allow_list}
            </textarea>
            <p class="hint" id="ip_allow_list-hint">"One address or network (CIDR) a line, at most 50. Empty: from anywhere."</p>
            <FieldError id="ip_allow_list-error".to_owned() message=ip_error />
        </div>
        <fieldset class="field" aria-describedby="rate-hint rate-error">
            <legend class="label">"Rate limit of its own"</legend>
            <div class="mt-1 grid gap-3 sm:grid-cols-2">
                <TextField name="rate_calls" label="Calls" kind="number" required=false value=bounds.rate_calls />
                <TextField name="rate_seconds" label="In seconds" kind="number" required=false value=bounds.rate_seconds />
            </div>
            <p class="hint" id="rate-hint">"It only tightens what else holds. Empty: no limit of its own."</p>
            <FieldError id="rate-error".to_owned() message=rate_error />
        </fieldset>
        <TextField
            name="spend_cap"
            label="Monthly spend cap"
            kind="number"
            required=false
            hint="In minor units, such as cents. Empty: no cap of its own."
            value=bounds.spend_cap
            error
        />
    }
}
