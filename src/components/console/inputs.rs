//! Fields for parameters.

use leptos::prelude::*;

use super::request::Extras;
use crate::types::docs::{DraftInput, InputShape, ParameterPlace};

/// One parameter; with choices if the document lists all values.
#[component]
pub fn Input(place: usize, input: DraftInput, value: RwSignal<String>) -> impl IntoView {
    let id = format!("in-{place}");
    let hint_id = format!("{id}-hint");
    let set = move |ev| value.set(event_target_value(&ev));
    let shape = match (input.shape, input.place) {
        (InputShape::Repeated, _) => "Separate several values with commas. ",
        (InputShape::Exploded, _) => "A JSON object. ",
        (InputShape::Deep, _) => "A JSON object or list. ",
        (InputShape::Plain | InputShape::Styled, ParameterPlace::Header) => "A header. ",
        (InputShape::Styled, _) => "Enter several values as one text, as in the example. ",
        (InputShape::Plain, _) => "",
    };
    let field = if input.options.is_empty() || input.shape != InputShape::Plain {
        let example = (!input.example.is_empty()).then(|| format!("e.g. {}", input.example));
        view! {
            <input
                class="input mono"
                id=id.clone()
                type="text"
                autocomplete="off"
                spellcheck="false"
                value=value.get_untracked()
                required=input.is_required
                placeholder=example
                aria-describedby=hint_id.clone()
                prop:value=move || value.get()
                on:input=set
            />
        }
        .into_any()
    } else {
        let options = input.options.into_iter().map(|option| {
            let text = option.clone();
            view! { <option value=option.clone() selected=move || value.with(|value| *value == option)>{text}</option> }
        });
        view! {
            <select class="select" id=id.clone() aria-describedby=hint_id.clone() on:change=set>
                {(!input.is_required).then(|| view! { <option value="">"(left out)"</option> })}
                {options.collect_view()}
            </select>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label class="label" for=id><code>{input.name}</code> {input.is_required.then_some(" (required)")}</label>
            {field}
            <p class="hint empty:hidden" id=hint_id>{shape} {input.about}</p>
        </div>
    }
}

/// The response that the sandbox should return.
#[component]
pub fn MockStatus(statuses: Vec<u16>, extras: RwSignal<Extras>) -> impl IntoView {
    let options = statuses
        .into_iter()
        .map(|status| view! { <option value=status.to_string()>{status}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label class="label" for="mock-status">"Response status"</label>
            <select class="select max-w-60" id="mock-status" on:change=move |ev| extras.update(|extras| extras.mock_status = event_target_value(&ev))>
                <option value="">"Depending on the call"</option>
                {options}
            </select>
            <p class="hint">"Sent as " <code>"Tollgate-Mock-Status"</code> ": the sandbox returns this response to every call."</p>
        </div>
    }
}
