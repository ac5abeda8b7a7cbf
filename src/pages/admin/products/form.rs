//! The fields of a product and its document, on its page and in the response to a faulty form.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::components::fields::{FieldError, TextArea, TextField};
use crate::components::format::capital;
use crate::types::product::ProductStatus;

/// The entered values.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub id: String,
    pub name: String,
    pub category: String,
    pub tags: String,
    pub status: ProductStatus,
    pub base_url: String,
    pub sandbox_url: String,
    pub source_url: String,
    /// Uploaded or pasted.
    pub document: String,
}

/// A complete new product.
#[component]
pub fn ProductFields(
    draft: Draft,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let Draft { id, name, category, tags, status, base_url, sandbox_url, .. } = draft.clone();
    view! {
        <TextField name="id" label="Id" maxlength=40 placeholder="logistics" hint="Used in URLs and scopes, cannot be changed: lower-case letters, digits and hyphens." value=id error />
        <DocumentFields draft error />
        <TextField name="name" label="Name" required=false maxlength=80 hint="Leave empty to use the document's title." value=name error />
        <TextField name="base_url" label="Base URL" required=false placeholder="https://api.example.com/v1" hint="The server for live calls. Leave empty to use the document's first server." value=base_url error />
        <TextField name="sandbox_url" label="Sandbox URL" required=false hint="The server for sandbox calls. Leave empty to use the built-in mock." value=sandbox_url error />
        <TextField name="category" label="Category" required=false maxlength=80 placeholder="APIs" value=category error />
        <TextField name="tags" label="Tags" required=false hint="Separated by commas." value=tags error />
        <StatusField status />
    }
}

/// A document: in one of three ways.
#[component]
pub fn DocumentFields(
    draft: Draft,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let missing = Signal::derive(move || {
        error.with(|e| e.as_ref().and_then(|e| e.field("file").map(str::to_owned)))
    });
    view! {
        <fieldset class="field">
            <legend class="label">"OpenAPI document"</legend>
            <p class="hint mb-2">"OpenAPI 3 or Swagger 2.0, JSON or YAML, 32 MiB at most. Choose one way."</p>
            <div class="field">
                <label class="label" for="file">"Upload a file"</label>
                <input class="input" id="file" name="file" type="file" accept=".json,.yaml,.yml,.zip,application/json,application/yaml,application/zip" aria-describedby="file-error" />
                <FieldError id="file-error".to_owned() message=missing />
            </div>
            <TextField name="source_url" label="Or fetch it from a URL" required=false placeholder="https://api.example.com/openapi.json" hint="The URL is fetched again every hour." value=draft.source_url error />
            <TextArea name="document" label="Or paste it" rows=10 mono=true value=draft.document error />
        </fieldset>
    }
}

/// The texts about a product.
#[component]
pub fn StatusField(status: ProductStatus) -> impl IntoView {
    let options = ProductStatus::ALL
        .into_iter()
        .map(|one| view! { <option value=one.as_str() selected=one == status>{capital(one.as_str())}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label class="label" for="status">"Status"</label>
            <select class="select max-w-60" id="status" name="status">{options}</select>
        </div>
    }
}
