//! The signature debugger.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::actions::webhooks::DiagnoseSignature;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::marked::marked;
use crate::components::page_head::PageHead;
use crate::components::submit::Submit;
use crate::components::text_box::TextBox;
use crate::types::webhook_check::{Diagnosis, Finding};

/// A form for a received request, and its problems.
#[component]
pub fn DebugPage() -> impl IntoView {
    let env = use_env();
    let diagnose = ServerAction::<DiagnoseSignature>::new();
    let error = error_of(diagnose);
    let diagnosis = move || {
        diagnose
            .value()
            .get()
            .and_then(Result::ok)
            .map(|diagnosis| view! { <Findings diagnosis /> })
    };
    // Without scripts, the form is sent to a separate page: a server function would respond with a
    // URL, and the secret must not be in a URL.
    let submit = move |ev: SubmitEvent| {
        if let Ok(pasted) = DiagnoseSignature::from_event(&ev) {
            ev.prevent_default();
            diagnose.dispatch(pasted);
        }
    };
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/webhooks", env.get())>"All endpoints"</a></p>
        <PageHead title="Signature debugger" lead="Paste the request that your server received to find out why its signature does not match. Nothing is stored." />
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

/// The fields of a received request.
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
fn Area(
    name: &'static str,
    label: &'static str,
    rows: u32,
    placeholder: &'static str,
    value: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <TextBox id=name name=name class="textarea font-mono" rows=rows placeholder=placeholder value=value />
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
