//! The settings of a key: as fields of the forms that create and change one, and as facts.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::components::fields::{TextArea, TextField};
use crate::components::form_state::FormValues;
use crate::components::format::plural;
use crate::types::key::{KeyInput, KeyView};
use crate::types::money::Currency;

/// The names of the fields.
const NAMES: [&str; 3] = ["ip_allow_list", "rate_limit", "spend_cap"];

/// Whether a form sets any of them.
pub fn any_is_set(sent: &FormValues) -> bool {
    NAMES.iter().any(|name| !sent.text(name).is_empty())
}

/// Addresses, rate limit and spend cap. All are optional.
#[component]
pub fn SettingsFields(
    input: KeyInput,
    #[prop(into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    view! {
        <TextArea
            name="ip_allow_list"
            label="Allowed addresses"
            rows=3
            mono=true
            hint="One address or network (CIDR) per line, at most 50. Leave empty to allow any address."
            value=input.ip_allow_list
            error
        />
        <TextField
            name="rate_limit"
            label="Rate limit of this key"
            required=false
            placeholder="5/60"
            hint="As calls/seconds: 5/60 allows 5 calls in 60 seconds. The limits of your plan also apply. Leave empty for no limit of this key."
            value=input.rate_limit
            error
        />
        <TextField
            name="spend_cap"
            label="Monthly spend cap"
            required=false
            maxlength=20
            hint="An amount such as 50 or 12.50, in the currency of your invoices. Leave empty for no cap."
            value=input.spend_cap
            error
        />
    }
}

/// The entries of a list of facts.
#[component]
pub fn SettingsFacts(key_view: KeyView, currency: Currency) -> impl IntoView {
    let key = key_view;
    let rate = key.rate_limit.map(|rate| {
        format!(
            "{} in {}",
            plural(rate.calls.into(), "call", "calls"),
            plural(rate.seconds.into(), "second", "seconds")
        )
    });
    let addresses = if key.ip_allow_list.is_empty() {
        view! { <span class="text-muted">"any"</span> }.into_any()
    } else {
        let entries = key.ip_allow_list.into_iter();
        let entries = entries.map(|entry| view! { <li><code>{entry}</code></li> }).collect_view();
        view! { <ul>{entries}</ul> }.into_any()
    };
    view! {
        <dt>"Allowed addresses"</dt>
        <dd>{addresses}</dd>
        <dt>"Own rate limit"</dt>
        <dd>{rate.unwrap_or_else(|| "none".to_owned())}</dd>
        <dt>"Monthly spend cap"</dt>
        <dd>{key.spend_cap.map_or_else(|| "none".to_owned(), |cap| currency.amount(cap))}</dd>
    }
}
