//! The signature debugger.

use leptos::prelude::*;

use crate::actions::webhooks::DiagnoseSignature;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, use_scripted};
use crate::components::no_script::NoScript;
use crate::components::page_head::PageHead;
use crate::components::submit::Submit;
use crate::types::webhook_check::{Diagnosis, Finding};

/// A form for what was received, and what is wrong with it.
#[component]
pub fn DebugPage() -> impl IntoView {
    let env = use_env();
    let diagnose = ServerAction::<DiagnoseSignature>::new();
    let error = error_of(diagnose);
    let scripted = use_scripted();
    let diagnosis = move || diagnose.value().get().and_then(Result::ok).map(|diagnosis| view! { <Findings diagnosis /> });
    view! {
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/webhooks", env.get())>"All endpoints"</a></p>
        <PageHead title="Signature debugger" lead="Paste what your server received, and it says why the signature does not fit. Nothing of it is kept." />
        <NoScript html="<p class=\"alert alert-warn mb-4\">The debugger needs JavaScript, so that your secret never stands in a URL.</p>" />
        <div class="card page-narrow">
            <ActionForm action=diagnose>
                <FormAlert error />
                <TextField name="secret" label="Signing secret" kind="password" placeholder="whsec_…" error />
                <Area name="headers" label="Headers" rows=4 placeholder="webhook-id: evt_…\nwebhook-timestamp: 1795298400\nwebhook-signature: v1,…" />
                <Area name="body" label="Body, as your code sees it" rows=8 placeholder="{\"id\":\"evt_…\"}" />
                <div class="form-actions"><Submit label="Find the mistake" pending=diagnose.pending() disabled=Signal::derive(move || !scripted.get()) /></div>
            </ActionForm>
        </div>
        <div role="status" class="mt-4 page-narrow">{diagnosis}</div>
    }
}

#[component]
fn Area(name: &'static str, label: &'static str, rows: u32, placeholder: &'static str) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <textarea class="textarea" id=name name=name rows=rows spellcheck="false" placeholder=placeholder></textarea>
        </div>
    }
}

#[component]
fn Findings(diagnosis: Diagnosis) -> impl IntoView {
    let class = if diagnosis.is_right { "alert alert-ok" } else { "alert alert-warn" };
    let finding = |finding: Finding| {
        view! { <li data-code=finding.code><strong>{finding.title}"."</strong> " " {finding.remedy}</li> }
    };
    view! { <ul class=format!("{class} space-y-2")>{diagnosis.findings.into_iter().map(finding).collect_view()}</ul> }
}
