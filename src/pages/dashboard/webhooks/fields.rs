//! The fields of an endpoint, for creating and changing one.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::components::fields::{FieldError, TextArea, TextField};
use crate::components::form_state::sent_values;
use crate::components::text_box::TextBox;
use crate::types::webhook::Endpoint;

/// The initial values of the fields.
#[derive(Clone, Default)]
pub struct Values {
    pub url: String,
    pub description: String,
    pub event_types: String,
    pub rate: String,
    /// The names of existing headers, whose values are not shown.
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
pub fn EndpointFields(
    values: Values,
    #[prop(into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let header_hint = match values.header_names.as_slice() {
        [] => "One per line, as Name: value. The values are never shown again.".to_owned(),
        names => format!(
            "{} set. Leave this empty to keep them; new values replace them. If you change the URL to another server, enter them again or remove them.",
            names.join(", ")
        ),
    };
    let has_headers = !values.header_names.is_empty();
    let sent = sent_values(error).unwrap_or_default();
    let is_removing = sent.is_set("remove_headers");
    let is_open = has_headers || ["headers", "rate"].iter().any(|name| !sent.text(name).is_empty());
    // Another server can only know the signing secret if there was a previous URL.
    let url_hint = if values.url.is_empty() {
        "Your server. It must respond with a 2xx status within 15 seconds."
    } else {
        "If you move to another server, rotate the signing secret afterwards."
    };
    view! {
        <TextField name="url" label="URL" kind="url" maxlength=2000 placeholder="https://example.com/webhooks" hint=url_hint value=values.url error />
        <TextField name="description" label="Description" required=false maxlength=500 value=values.description error />
        <TextArea
            name="event_types"
            label="Events"
            rows=3
            mono=true
            hint="Such as customer.created or customer.*, separated by spaces, commas or new lines. Leave empty for all events."
            value=values.event_types
            error
        />
        <p class="hint mb-4"><a class="link" href="/docs/webhooks#events">"See all event types"</a></p>
        <details class="field" open=is_open>
            <summary class="link">"Headers and rate"</summary>
            <div class="mt-3">
                <HeaderLines hint=header_hint error />
                {has_headers
                    .then(|| {
                        view! {
                            <label class="choice mb-4">
                                <input type="checkbox" name="remove_headers" value="true" checked=is_removing />
                                <span>"Remove all headers"</span>
                            </label>
                        }
                    })}
                <TextField name="rate" label="Maximum deliveries per second" kind="number" required=false hint="Leave empty for no limit." value=values.rate error />
            </div>
        </details>
    }
}

/// Headers to set. They are entered again if the form is refused: their values may be secrets,
/// which no page contains.
#[component]
fn HeaderLines(hint: String, error: Signal<Option<UiError>>) -> impl IntoView {
    let message = Memo::new(move |_| error.with(|e| e.as_ref().and_then(|e| e.entries("headers"))));
    view! {
        <div class="field">
            <label class="label" for="headers">"Headers"</label>
            <TextBox
                id="headers"
                name="headers"
                described_by="headers-hint headers-error"
                invalid=Signal::derive(move || message.get().is_some())
            />
            <p class="hint" id="headers-hint">{hint}</p>
            <FieldError id="headers-error".to_owned() message />
        </div>
    }
}
