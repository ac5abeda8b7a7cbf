//! What a product is called, where its calls go, and how they are handled.

use leptos::prelude::*;

use crate::actions::products::UpdateProduct;
use crate::components::fields::{FormAlert, TextArea, TextField};
use crate::components::form_state::{FormValues, error_of, succeeded};
use crate::components::submit::{Done, Submit};
use crate::pages::admin::products::form::StatusField;
use crate::types::error::UiError;
use crate::types::product::{AdminProduct, Validation};

#[component]
pub fn SettingsCard(product: AdminProduct, action: ServerAction<UpdateProduct>) -> impl IntoView {
    let error = error_of(action);
    view! {
        <section class="card" aria-labelledby="settings">
            <h2 id="settings">"Settings"</h2>
            <ActionForm action=action attr:class="mt-3">
                <FormAlert error />
                <SettingsFields values=values(product) error />
                <div class="form-actions">
                    <Submit label="Save settings" pending=action.pending() />
                    <Done when=succeeded(action) text="Saved." />
                </div>
            </ActionForm>
        </section>
    }
}

fn values(product: AdminProduct) -> FormValues {
    let AdminProduct { view, base_url, sandbox_url, source_url, settings, .. } = product;
    let values = [
        ("id", view.id),
        ("name", view.name),
        ("description", view.description),
        ("category", view.category),
        ("tags", view.tags.join(", ")),
        ("status", view.status.as_str().to_owned()),
        ("base_url", base_url),
        ("sandbox_url", sandbox_url.unwrap_or_default()),
        ("source_url", source_url.unwrap_or_default()),
        ("validation", settings.validation.as_str().to_owned()),
        ("allow_undeclared", settings.allow_undeclared.to_string()),
        ("connect_timeout_ms", settings.connect_timeout_ms.to_string()),
        ("timeout_ms", settings.timeout_ms.to_string()),
        ("max_body_bytes", settings.max_body_bytes.map(|bytes| bytes.to_string()).unwrap_or_default()),
        ("cors_origins", settings.cors_origins.join("\n")),
    ];
    FormValues(values.map(|(name, value)| (name.to_owned(), value)).into())
}

#[component]
pub fn SettingsFields(values: FormValues, #[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let validation = values.text("validation");
    let modes = Validation::ALL
        .into_iter()
        .map(|mode| {
            let label = match mode {
                Validation::Off => "Off: calls are not checked",
                Validation::Warn => "Warn: they go on, and the answer names the faults",
                Validation::Enforce => "Enforce: they are refused",
            };
            view! { <option value=mode.as_str() selected=mode.as_str() == validation>{label}</option> }
        })
        .collect_view();
    view! {
        <input type="hidden" name="id" value=values.text("id") />
        <TextField name="name" label="Name" maxlength=80 value=values.text("name") error />
        <TextArea name="description" label="Description" hint="Markdown. Empty: the document's." value=values.text("description") error />
        <TextField name="category" label="Category" required=false maxlength=80 value=values.text("category") error />
        <TextField name="tags" label="Tags" required=false hint="Separated by commas." value=values.text("tags") error />
        <StatusField status=values.text("status").parse().unwrap_or_default() />
        <TextField name="base_url" label="Base URL" kind="url" hint="Where live calls go." value=values.text("base_url") error />
        <TextField name="sandbox_url" label="Sandbox URL" kind="url" required=false hint="Where sandbox calls go. Empty: the built-in mock answers them." value=values.text("sandbox_url") error />
        <TextField id="settings_source_url" name="source_url" label="Document URL" kind="url" required=false hint="Where the document is fetched from every hour. Empty: it is handed in." value=values.text("source_url") error />
        <div class="field">
            <label class="label" for="validation">"Calls that the document does not allow"</label>
            <select class="select" id="validation" name="validation">{modes}</select>
        </div>
        <label class="check field">
            <input type="checkbox" name="allow_undeclared" value="true" checked=values.is_set("allow_undeclared") />
            <span>"Let calls to paths that the document does not declare through"</span>
        </label>
        <TextField name="connect_timeout_ms" label="Milliseconds to connect" kind="number" value=values.text("connect_timeout_ms") error />
        <TextField name="timeout_ms" label="Milliseconds to answer" kind="number" value=values.text("timeout_ms") error />
        <TextField name="max_body_bytes" label="Bytes that a request may carry" kind="number" required=false hint="Empty: the server's own limit." value=values.text("max_body_bytes") error />
        <TextArea name="cors_origins" label="Origins whose pages may call it" rows=2 hint="Such as https://app.example.com, one a line; * for all. Empty: none." value=values.text("cors_origins") error />
    }
}
