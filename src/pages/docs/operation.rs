//! One operation of the reference.

use leptos::prelude::*;

use crate::components::badge::Method;
use crate::components::call::Call;
use crate::components::code_block::CodeBlock;
use crate::components::curl::curl;
use crate::components::format::encode;
use crate::components::marked::marked;
use crate::components::origin::use_origin;
use crate::types::operation::{OperationView, ParameterLocation, ParameterView};

/// A call that shows the operation, with examples for what is required.
fn sample(operation: &OperationView) -> Call {
    let mut url = operation.path.clone();
    for parameter in operation.parameters.iter().filter(|p| p.location == ParameterLocation::Path && !p.example.is_empty()) {
        url = url.replace(&format!("{{{}}}", parameter.name), &parameter.example);
    }
    let mut headers = vec![("Authorization".to_owned(), "Bearer tg_sandbox_…".to_owned())];
    if operation.example_body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    Call { method: operation.method.clone(), url, headers, body: operation.example_body.clone() }
}

/// Parameters and answers, beside a call that can be pasted.
#[component]
pub fn Operation(operation: OperationView) -> impl IntoView {
    let command = curl(&use_origin(), &sample(&operation));
    let OperationView { id, method, path, summary, description, scope, parameters, responses, .. } = operation;
    let try_href = format!("/dashboard/try?op={}", encode(&id));
    let heading = format!("{id}-title");
    view! {
        <section class="mt-6 scroll-mt-0" id=id.clone() aria-labelledby=heading>
            <div class="section-head mt-0 border-t border-line pt-6">
                <h3 class="text-lg" id=heading.clone()><a href=format!("#{id}")>{summary.clone()}</a></h3>
                <a class="btn btn-sm" href=try_href aria-label=format!("Try it: {summary}")>"Try it"</a>
            </div>
            <p class="row"><Method name=method /> <code class="break-all">{path}</code></p>
            {(!description.is_empty()).then(|| view! { <p class="mt-2 max-w-prose whitespace-pre-line">{marked(&description)}</p> })}
            <p class="mt-2 text-muted">"Scope: " <code>{scope}</code></p>
            <div class="mt-4 grid items-start gap-6 xl:grid-cols-2">
                <div class="stack min-w-0 gap-4">
                    {(!parameters.is_empty()).then(|| view! { <Parameters parameters of=summary.clone() /> })}
                    <Responses responses of=summary />
                </div>
                <div class="min-w-0"><CodeBlock label="curl" code=command /></div>
            </div>
        </section>
    }
}

#[component]
fn Parameters(parameters: Vec<ParameterView>, of: String) -> impl IntoView {
    let rows = parameters
        .into_iter()
        .map(|p| {
            let place = match p.location {
                ParameterLocation::Path => "path",
                ParameterLocation::Query => "query",
                ParameterLocation::Header => "header",
            };
            let required = p.required.then(|| view! { <span class="badge badge-warn ml-1">"required"</span> });
            view! {
                <tr>
                    <th scope="row"><code>{p.name}</code></th>
                    <td>{place} {required}</td>
                    <td class="wrap">{marked(&p.description)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label=format!("Parameters of {of}")>
            <table class="table">
                <caption class="visually-hidden">{format!("Parameters of {of}")}</caption>
                <thead><tr><th scope="col">"Parameter"</th><th scope="col">"In"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Responses(responses: Vec<(String, String)>, of: String) -> impl IntoView {
    let rows = responses
        .into_iter()
        .map(|(status, about)| view! { <tr><th scope="row"><code>{status}</code></th><td class="wrap">{marked(&about)}</td></tr> })
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label=format!("Answers of {of}")>
            <table class="table">
                <caption class="visually-hidden">{format!("Answers of {of}")}</caption>
                <thead><tr><th scope="col">"Status"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
