//! Responses to the forms of webhooks for a browser without scripts.

use leptos::prelude::*;

use super::debug::{DebugFields, Findings};
use super::endpoint::check::Report;
use crate::actions::error::UiError;
use crate::components::fields::FormAlert;
use crate::components::nav::PlainFrame;
use crate::pages::plain;
use crate::types::webhook_check::{Diagnosis, ReceiverCheck};

fn document(options: LeptosOptions, title: String, content: AnyView) -> impl IntoView {
    let heading = title.clone();
    let body = view! {
        <PlainFrame place="/dashboard/webhooks">
            <div class="page-head"><h1>{heading}</h1></div>
            {content}
        </PlainFrame>
    };
    plain::framed(options, title, body.into_any())
}

/// The results of a receiver check; `back` leads to its endpoint.
pub fn checked(
    options: LeptosOptions,
    result: Result<ReceiverCheck, UiError>,
    back: String,
) -> impl IntoView {
    let content = match result {
        Ok(check) => view! { <div class="card"><Report check /></div> }.into_any(),
        Err(error) => view! { <FormAlert error=Signal::stored(Some(error)) /> }.into_any(),
    };
    let content = view! { {content} <p class="mt-4"><a class="link" href=back>"Back to the endpoint"</a></p> };
    document(options, "Receiver check".into(), content.into_any())
}

/// The problems of a signature, and the form again. The secret must be pasted again: no page
/// contains it.
pub fn diagnosed(
    options: LeptosOptions,
    result: Result<Diagnosis, UiError>,
    headers: String,
    body: String,
    back: String,
) -> impl IntoView {
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
    document(options, "Signature debugger".into(), content.into_any())
}
