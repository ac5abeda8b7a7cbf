//! The fields for the bounds of a key, in the forms that create and change one.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::components::fields::{TextArea, TextField};
use crate::types::key::KeyView;
use crate::types::money::Currency;

/// The names of the fields.
pub const BOUNDS: [&str; 3] = ["ip_allow_list", "rate_limit", "spend_cap"];

/// The values of the fields, as texts.
#[derive(Clone, Default)]
pub struct Bounds {
    pub ip_allow_list: String,
    pub rate_limit: String,
    pub spend_cap: String,
}

impl Bounds {
    pub fn of(key: &KeyView, currency: Currency) -> Self {
        Self {
            ip_allow_list: key.ip_allow_list.join("\n"),
            rate_limit: key
                .rate_limit
                .map(|rate| format!("{}/{}", rate.calls, rate.seconds))
                .unwrap_or_default(),
            spend_cap: key.spend_cap.map(|cap| currency.plain(cap)).unwrap_or_default(),
        }
    }
}

/// Addresses, rate limit and spend cap. All are optional.
#[component]
pub fn BoundsFields(bounds: Bounds, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    view! {
        <TextArea
            name="ip_allow_list"
            label="Allowed addresses"
            rows=3
            mono=true
            hint="One address or network (CIDR) per line, at most 50. Leave empty to allow any address."
            value=bounds.ip_allow_list
            error
        />
        <TextField
            name="rate_limit"
            label="Rate limit of this key"
            required=false
            placeholder="5/60"
            hint="As calls/seconds: 5/60 allows 5 calls in 60 seconds. The limits of your plan also apply. Leave empty for no limit of this key."
            value=bounds.rate_limit
            error
        />
        <TextField
            name="spend_cap"
            label="Monthly spend cap"
            required=false
            maxlength=20
            hint="An amount such as 50 or 12.50, in the currency of your invoices. Leave empty for no cap."
            value=bounds.spend_cap
            error
        />
    }
}
