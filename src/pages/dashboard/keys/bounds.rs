//! The fields for what bounds a key, in the form that makes one and in the one that changes it.

use leptos::prelude::*;

use crate::components::fields::{FieldError, TextField};
use crate::types::error::UiError;
use crate::types::key::KeyView;

/// What the fields hold, as texts.
#[derive(Clone, Default)]
pub struct Bounds {
    pub ip_allow_list: String,
    pub rate_limit: String,
    pub spend_cap: String,
}

impl Bounds {
    pub fn of(key: &KeyView) -> Self {
        Self {
            ip_allow_list: key.ip_allow_list.join("\n"),
            rate_limit: key.rate_limit.map(|rate| format!("{}/{}", rate.calls, rate.seconds)).unwrap_or_default(),
            spend_cap: key.spend_cap.map(|cap| cap.to_string()).unwrap_or_default(),
        }
    }

    pub fn is_any(&self) -> bool {
        [&self.ip_allow_list, &self.rate_limit, &self.spend_cap].iter().any(|text| !text.is_empty())
    }
}

/// Addresses, rate limit and spend cap. All may stay empty.
#[component]
pub fn BoundsFields(bounds: Bounds, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let ip_error = Signal::derive(move || error.with(|e| e.as_ref().and_then(|e| e.field("ip_allow_list").map(str::to_owned))));
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
        <TextField
            name="rate_limit"
            label="Rate limit of its own"
            required=false
            placeholder="5/60"
            hint="Calls/seconds: 5/60 is 5 calls in 60 seconds. It only tightens what else holds. Empty: none."
            value=bounds.rate_limit
            error
        />
        <TextField
            name="spend_cap"
            label="Monthly spend cap"
            kind="number"
            required=false
            hint="In minor units, such as cents. Empty: none."
            value=bounds.spend_cap
            error
        />
    }
}
