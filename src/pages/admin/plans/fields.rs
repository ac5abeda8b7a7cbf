//! The fields of a new plan.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::components::fields::TextField;
use crate::components::form_state::sent_values;

#[component]
pub fn PlanFields(#[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let sent = sent_values(error).unwrap_or_default();
    view! {
        <TextField name="name" label="Name" maxlength=40 hint="An existing name creates the next version of that plan." error />
        <TextField name="currency" label="Currency" minlength=3 maxlength=3 hint="Three letters (ISO 4217), such as USD or EUR." value="USD" error />
        <TextField name="price" label="Price per month" required=false maxlength=20 placeholder="49.00" error />
        <TextField name="included" label="Included units" maxlength=20 placeholder="10000" error />
        <TextField name="overage" label="Overage per 1,000 units" required=false maxlength=20 placeholder="3.00" error />
        <Check name="hard" label="Stop at the included units" is_set=sent.is_set("hard") />
        <TextField name="rate" label="Calls per second, per organisation" required=false maxlength=10 placeholder="20" hint="Leave empty to use the server's settings." error />
        <TextField name="burst" label="Burst" required=false maxlength=10 hint="The number of calls that may arrive at the same moment. Leave empty to use the calls per second." error />
        <TextField name="trial" label="Days on trial" required=false maxlength=4 hint="New subscribers pay nothing for this many days. Leave empty for no trial." error />
        <TextField name="only_for" label="Only for the organisation" required=false maxlength=40 placeholder="org_…" hint="The organisation's id, as shown on the revenue page. Leave empty to offer the plan to everyone." error />
        <Check name="default" label="Default plan: applies to organisations without a subscription" is_set=sent.is_set("default") />
        <Check name="private" label="Private: only tollgate org set-plan can assign it" is_set=sent.is_set("private") />
    }
}

#[component]
fn Check(name: &'static str, label: &'static str, is_set: bool) -> impl IntoView {
    view! {
        <label class="check field">
            <input type="checkbox" name=name value="true" checked=is_set />
            <span>{label}</span>
        </label>
    }
}
