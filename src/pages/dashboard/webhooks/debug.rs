//! The signature debugger.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::prelude::*;

use crate::actions::webhooks::DiagnoseSignature;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::marked::marked;
use crate::components::page_head::PageHead;
use crate::components::submit::Submit;
use crate::types::error::UiError;
use crate::types::webhook_check::{Diagnosis, Finding};

/// A form for what was received, and what is wrong with it.
#[component]
pub fn DebugPage() -> impl IntoView {
    let env = use_env();
    let diagnose = ServerAction::<DiagnoseSignature>::new();
    let error = error_of(diagnose);
    let diagnosis = move || diagnose.value().get().and_then(Result::ok).map(|diagnosis| view! { <Findings diagnosis /> });
    // Without script, the form goes to a page of its own: a server function would answer by a URL, and the secret must
    // stand in none.
    let submit = move |ev: SubmitEvent| {
        if let Ok(pasted) = DiagnoseSignature::from_event(&ev) {
            ev.prevent_default();
            diagnose.dispatch(pasted);
        }
    };
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/webhooks", env.get())>"All endpoints"</a></p>
        <PageHead title="Signature debugger" lead="Paste what your server received, and it says why the signature does not fit. Nothing of it is kept." />
        <div class="card page-narrow">
            <form method="post" action="/dashboard/webhooks/debug" on:submit=submit>
                <FormAlert error />
                <DebugFields error />
                <div class="form-actions"><Submit label="Find the mistake" pending=diagnose.pending() /></div>
            </form>
        </div>
        <div role="status" class="mt-4 page-narrow">{diagnosis}</div>
    }
}

/// What somebody received.
#[component]
pub fn DebugFields(
    #[prop(optional, into)] headers: String,
    #[prop(optional, into)] body: String,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    view! {
        <TextField name="secret" label="Signing secret" kind="password" placeholder="whsec_…" error />
        <Area name="headers" label="Headers" rows=4 placeholder="webhook-id: evt_…\nwebhook-timestamp: 1795298400\nwebhook-signature: v1,…" value=headers />
        <Area name="body" label="Body, as your code sees it" rows=8 placeholder="{\"id\":\"evt_…\"}" value=body />
    }
}

#[component]
fn Area(name: &'static str, label: &'static str, rows: u32, placeholder: &'static str, value: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <textarea class="textarea font-mono" id=name name=name rows=rows spellcheck="false" autocomplete="off" placeholder=placeholder>{value}</textarea>
        </div>
    }
}

/// The mistakes, or that there is none.
#[component]
pub fn Findings(diagnosis: Diagnosis) -> impl IntoView {
    let class = if diagnosis.is_right { "alert alert-ok" } else { "alert alert-warn" };
    let finding = |finding: Finding| {
        view! { <li data-code=finding.code><strong>{marked(&finding.title)}"."</strong> " " {marked(&finding.remedy)}</li> }
    };
    view! { <ul class=format!("{class} space-y-2")>{diagnosis.findings.into_iter().map(finding).collect_view()}</ul> }
}
