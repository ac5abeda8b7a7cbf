//! A call made from the page, and its response.

use leptos::prelude::*;

use super::badge::StatusBadge;
use super::environment::env_href;
use super::format;
use super::marked::marked;
use crate::types::code::Code;
use crate::types::environment::Environment;

/// A request to the API of this portal.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub method: String,
    /// Path and query.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// The response.
#[derive(Clone, Debug, PartialEq)]
pub struct CallResponse {
    pub status: u16,
    pub status_text: String,
    /// Names in lower case, sorted.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// From sending to the last byte, as the browser measured it.
    pub millis: f64,
}

impl CallResponse {
    /// The value of the header `name`, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Status, time, request id, headers and body.
#[component]
pub fn ResponseView(response: CallResponse, environment: Environment) -> impl IntoView {
    // A dry run is not logged.
    let request_id = response
        .header("x-request-id")
        .filter(|_| response.header("tollgate-dry-run").is_none())
        .map(str::to_owned);
    let code = response
        .header("content-type")
        .filter(|kind| kind.starts_with("application/problem+json"))
        .and_then(|_| problem_code(&response.body));
    let body = format::indent_json(&response.body).unwrap_or_else(|| response.body.clone());
    let headers = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect::<String>();
    view! {
        <div class="stack">
            <div class="row">
                <StatusBadge status=response.status />
                <span>{response.status_text.clone()}</span>
                <span class="text-muted tabular-nums">{format!("{:.0} ms", response.millis)}</span>
                <span class="text-muted tabular-nums">{format::bytes(response.body.len() as u64)}</span>
            </div>
            {request_id
                .map(|id| {
                    view! {
                        <p class="row">
                            <span class="text-muted">"Request id"</span>
                            <code>{id.clone()}</code>
                            <a class="link" href=env_href(&format!("/dashboard/logs/{id}"), environment)>"See it in the logs"</a>
                        </p>
                    }
                })}
            {code
                .map(|code| {
                    view! {
                        <p class="alert alert-warn">
                            {marked(code.docs().remedy)} " " <a class="link" href=format!("/docs/errors/{}", code.as_str())>"More on " {code.as_str()}</a>
                        </p>
                    }
                })}
            {if body.is_empty() {
                view! { <p class="text-muted">"The response has no body."</p> }.into_any()
            } else {
                view! { <pre class="code max-h-96 overflow-auto" tabindex="0" role="group" aria-label="Response body">{body}</pre> }.into_any()
            }}
            <details>
                <summary class="link">"Headers"</summary>
                <pre class="code mt-2" tabindex="0" role="group" aria-label="Response headers">{headers}</pre>
            </details>
        </div>
    }
}

/// The gateway's own code in a problem's body; the API behind it may have others.
fn problem_code(body: &str) -> Option<Code> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Code::from_code(body.get("code")?.as_str()?)
}
