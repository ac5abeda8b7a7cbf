//! A product's name and texts, the target of its calls, and how they are handled.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::actions::products::UpdateProduct;
use crate::components::fields::{FormAlert, TextArea, TextField};
use crate::components::form_state::{FormValues, error_of, sent_values, succeeded};
use crate::components::submit::{Done, Submit};
use crate::pages::admin::products::form::StatusField;
use crate::types::product::{AdminProduct, EncodedSlashes, Validation};

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
        (
            "max_body_bytes",
            settings.max_body_bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
        ),
        ("cors_origins", settings.cors_origins.join("\n")),
        ("honours_idempotency_key", settings.honours_idempotency_key.to_string()),
        ("encoded_slashes", settings.encoded_slashes.as_str().to_owned()),
        ("allow_override_headers", settings.allow_override_headers.to_string()),
    ];
    FormValues(values.map(|(name, value)| (name.to_owned(), value)).into())
}

#[component]
fn SettingsFields(
    values: FormValues,
    #[prop(into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let values = sent_values(error).unwrap_or(values);
    let validation = values.text("validation");
    let modes = Validation::ALL
        .into_iter()
        .map(|mode| {
            let label = match mode {
                Validation::Off => "Off: calls are not checked",
                Validation::Warn => "Warn: forward the call and name the faults in the response",
                Validation::Enforce => "Enforce: reject invalid calls",
            };
            view! { <option value=mode.as_str() selected=mode.as_str() == validation>{label}</option> }
        })
        .collect_view();
    let slashes = values.text("encoded_slashes");
    let slashes = EncodedSlashes::ALL
        .into_iter()
        .map(|mode| {
            let label = match mode {
                EncodedSlashes::Refuse => "Refuse: such calls get 400 invalid_request",
                EncodedSlashes::Allow => {
                    "Allow: your server must route before it decodes, or scopes can be bypassed"
                }
            };
            view! { <option value=mode.as_str() selected=mode.as_str() == slashes>{label}</option> }
        })
        .collect_view();
    view! {
        <input type="hidden" name="id" value=values.text("id") />
        <TextField name="name" label="Name" maxlength=80 value=values.text("name") error />
        <TextArea name="description" label="Description" hint="Markdown. Leave empty to use the document's description." value=values.text("description") error />
        <TextField name="category" label="Category" required=false maxlength=80 value=values.text("category") error />
        <TextField name="tags" label="Tags" required=false hint="Separated by commas." value=values.text("tags") error />
        <StatusField status=values.text("status").parse().unwrap_or_default() />
        <TextField name="base_url" label="Base URL" kind="url" hint="The server for live calls." value=values.text("base_url") error />
        <TextField name="sandbox_url" label="Sandbox URL" kind="url" required=false hint="The server for sandbox calls. Leave empty to use the built-in mock." value=values.text("sandbox_url") error />
        <TextField id="settings_source_url" name="source_url" label="Document URL" kind="url" required=false hint="URL from which the document is fetched every hour. Leave empty to upload it." value=values.text("source_url") error />
        <div class="field">
            <label class="label" for="validation">"Validation of calls against the document"</label>
            <select class="select" id="validation" name="validation">{modes}</select>
        </div>
        <label class="check field">
            <input type="checkbox" name="allow_undeclared" value="true" checked=values.is_set("allow_undeclared") />
            <span>"Allow calls to paths that the document does not declare"</span>
        </label>
        <label class="check field">
            <input type="checkbox" name="honours_idempotency_key" value="true" checked=values.is_set("honours_idempotency_key") />
            <span>"The server carries out each Idempotency-Key once per organisation: a call that got no response may be sent to it again"</span>
        </label>
        <div class="field">
            <label class="label" for="encoded_slashes">"Encoded slashes (%2F) in paths"</label>
            <select class="select" id="encoded_slashes" name="encoded_slashes">{slashes}</select>
        </div>
        <label class="check field">
            <input type="checkbox" name="allow_override_headers" value="true" checked=values.is_set("allow_override_headers") />
            <span>"Pass on headers that override the method or path, such as X-HTTP-Method-Override: they bypass scopes"</span>
        </label>
        <TextField name="connect_timeout_ms" label="Connect timeout in milliseconds" kind="number" value=values.text("connect_timeout_ms") error />
        <TextField name="timeout_ms" label="Response timeout in milliseconds" kind="number" value=values.text("timeout_ms") error />
        <TextField name="max_body_bytes" label="Maximum request size in bytes" kind="number" required=false hint="Leave empty to use the server's limit." value=values.text("max_body_bytes") error />
        <TextArea name="cors_origins" label="Allowed origins (CORS)" rows=2 hint="For example https://app.example.com, one per line; * for all. Leave empty to allow none." value=values.text("cors_origins") error />
    }
}
