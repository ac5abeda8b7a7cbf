//! The fields of an endpoint, for making and for changing one.

use leptos::prelude::*;

use crate::components::fields::{FieldError, TextField};
use crate::types::error::UiError;
use crate::types::webhook::Endpoint;

/// What the fields hold at first.
#[derive(Clone, Default)]
pub struct Values {
    pub url: String,
    pub description: String,
    pub event_types: String,
    pub rate: String,
    /// The names of headers that there are, whose values are not shown.
    pub header_names: Vec<String>,
}

impl From<&Endpoint> for Values {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            event_types: endpoint.event_types.join("\n"),
            rate: endpoint.rate.map(|rate| rate.to_string()).unwrap_or_default(),
            header_names: endpoint.header_names.clone(),
        }
    }
}

#[component]
pub fn EndpointFields(values: Values, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let header_hint = match values.header_names.as_slice() {
        [] => "One a line, as Name: value. The values are never shown again.".to_owned(),
        names => format!("There are {}. Leave this empty to keep them; what you write takes their place.", names.join(", ")),
    };
    let has_headers = !values.header_names.is_empty();
    view! {
        <TextField name="url" label="URL" kind="url" maxlength=2000 placeholder="https://example.com/webhooks" value=values.url error />
        <TextField name="description" label="Description" required=false maxlength=500 value=values.description error />
        <Lines
            name="event_types"
            label="Events"
            hint="One a line: customer.created, customer.* or * for all. Empty means all.".to_owned()
            value=values.event_types
            error
        />
        <p class="hint mb-4"><a class="link" href="/docs/webhooks#events">"Which events there are"</a></p>
        <details class="field" open=has_headers>
            <summary class="link">"Headers and rate"</summary>
            <div class="mt-3">
                <Lines name="headers" label="Headers" hint=header_hint value=String::new() error />
                {has_headers
                    .then(|| {
                        view! {
                            <label class="choice mb-4">
                                <input type="checkbox" name="remove_headers" value="true" />
                                <span>"Remove the headers there are"</span>
                            </label>
                        }
                    })}
                <TextField name="rate" label="Deliveries a second, at most" kind="number" required=false hint="Empty: no rate." value=values.rate error />
            </div>
        </details>
    }
}

/// A text of several lines.
#[component]
fn Lines(name: &'static str, label: &'static str, hint: String, value: String, error: Signal<Option<UiError>>) -> impl IntoView {
    let message = Memo::new(move |_| error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned))));
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <textarea
                class="textarea"
                id=name
                name=name
                rows="3"
                spellcheck="false"
                aria-describedby=format!("{hint_id} {error_id}")
                aria-invalid=move || message.get().is_some().then_some("true")
            >
                {value}
            </textarea>
            <p class="hint" id=hint_id>{hint}</p>
            <FieldError id=error_id message />
        </div>
    }
}
