//! The fields of a new plan, on its page and in the answer to a form that was refused.

use leptos::prelude::*;

use crate::components::fields::TextField;
use crate::components::form_state::FormValues;
use crate::types::error::UiError;

#[component]
pub fn PlanFields(values: FormValues, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let currency = Some(values.text("currency")).filter(|currency| !currency.is_empty()).unwrap_or_else(|| "USD".to_owned());
    view! {
        <TextField name="name" label="Name" maxlength=40 hint="A name that exists makes its next version." value=values.text("name") error />
        <TextField name="currency" label="Currency" minlength=3 maxlength=3 hint="Three letters (ISO 4217), such as USD or EUR." value=currency error />
        <TextField name="price" label="Price of a month" required=false maxlength=20 placeholder="49.00" value=values.text("price") error />
        <TextField name="included" label="Included units" maxlength=20 placeholder="10000" value=values.text("included") error />
        <TextField name="overage" label="Price of 1,000 units beyond them" required=false maxlength=20 placeholder="3.00" value=values.text("overage") error />
        <Check name="hard" label="Stop at the included units" is_set=values.is_set("hard") />
        <TextField name="rate" label="Calls a second of an organisation" required=false maxlength=10 placeholder="20" hint="Empty: the server's settings hold." value=values.text("rate") error />
        <TextField name="burst" label="Calls at once" required=false maxlength=10 hint="Empty: as many as in a second." value=values.text("burst") error />
        <TextField name="trial" label="Days on trial" required=false maxlength=4 hint="A new subscriber pays nothing for so long. Empty: none." value=values.text("trial") error />
        <TextField name="only_for" label="Only for the organisation" required=false maxlength=40 placeholder="org_…" hint="Its id, from the revenue page. Empty: offered to everybody." value=values.text("only_for") error />
        <Check name="default" label="For whoever has no subscription" is_set=values.is_set("default") />
        <Check name="private" label="Not offered: only the command line gives it" is_set=values.is_set("private") />
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
