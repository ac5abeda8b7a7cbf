//! Calls as a table.

use leptos::prelude::*;

use crate::components::badge::{Method, StatusBadge};
use crate::components::environment::env_href;
use crate::components::format::micros;
use crate::components::time::Time;
use crate::types::environment::Environment;
use crate::types::log::RequestLog;

/// Each row links to the call's own page.
#[component]
pub fn LogTable(logs: Vec<RequestLog>, env: Environment) -> impl IntoView {
    let rows = logs
        .into_iter()
        .map(|log| {
            let href = env_href(&format!("/dashboard/logs/{}", log.id), env);
            view! {
                <tr>
                    <td><a class="link" href=href><Time at=log.created_at seconds=true /></a></td>
                    <td><StatusBadge status=log.status /></td>
                    <td><Method name=log.method /></td>
                    <td><code class="inline-block max-w-56 truncate align-middle" title=log.path.clone()>{log.path.clone()}</code></td>
                    <td>
                        {if log.code.is_empty() { view! { <span class="text-muted">"–"</span> }.into_any() } else { view! { <code>{log.code}</code> }.into_any() }}
                    </td>
                    <td class="num">{micros(log.latency_us)}</td>
                    <td><code class="text-muted">{log.id}</code></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Calls">
            <table class="table">
                <caption class="visually-hidden">"Calls, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Method"</th>
                        <th scope="col">"Path"</th>
                        <th scope="col">"Error"</th>
                        <th scope="col" class="num">"Latency"</th>
                        <th scope="col">"Request id"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
