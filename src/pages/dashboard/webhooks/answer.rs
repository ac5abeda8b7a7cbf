//! Pages that answer the forms of webhooks to a browser without script.

use leptos::prelude::*;

use super::debug::{DebugFields, Findings};
use super::endpoint::check::Report;
use crate::components::fields::FormAlert;
use crate::pages::plain::document;
use crate::types::error::UiError;
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};

const HOME: &str = "/dashboard";

/// What a receiver did; `back` leads to its endpoint.
pub fn checked(options: LeptosOptions, result: Result<ReceiverCheck, UiError>, back: String) -> impl IntoView {
    let content = match result {
        Ok(check) => view! { <div class="card"><Report check /></div> }.into_any(),
        Err(error) => view! { <FormAlert error=Signal::stored(Some(error)) /> }.into_any(),
    };
    let content = view! { {content} <p class="mt-4"><a class="link" href=back>"Back to the endpoint"</a></p> };
    document(options, HOME, "Check of the receiver".into(), content.into_any())
}

/// What is wrong with a signature, and the form again. The secret has to be pasted again: it stands on no page.
pub fn diagnosed(options: LeptosOptions, result: Result<Diagnosis, UiError>, headers: String, body: String, back: String) -> impl IntoView {
    let found = match result {
        Ok(diagnosis) => view! { <Findings diagnosis /> }.into_any(),
        Err(error) => view! { <FormAlert error=Signal::stored(Some(error)) /> }.into_any(),
    };
    let content = view! {
        {found}
        <form class="card mt-4" method="post" action="/dashboard/webhooks/debug">
            <DebugFields headers body />
            <div class="form-actions"><button type="submit" class="btn btn-primary">"Find the mistake"</button></div>
        </form>
        <p class="mt-4"><a class="link" href=back>"All endpoints"</a></p>
    };
    document(options, HOME, "Signature debugger".into(), content.into_any())
}
