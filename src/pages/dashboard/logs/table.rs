//! Calls as a table.

use leptos::prelude::*;

use crate::components::badge::{Method, StatusBadge};
use crate::components::environment::env_href;
use crate::components::format::micros;
use crate::components::table::{LinkedRow, RowLink, Table};
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
                <LinkedRow href=href.clone()>
                    <td><RowLink href><Time at=log.created_at /></RowLink></td>
                    <td><StatusBadge status=log.status /></td>
                    <td>
                        <span class="row">
                            <Method name=log.method />
                            <code class="max-w-md break-all whitespace-normal">{log.path.clone()}</code>
                        </span>
                        <code class="block text-muted">{log.id}</code>
                    </td>
                    <td>
                        {if log.code.is_empty() { view! { <span class="text-muted">"–"</span> }.into_any() } else { view! { <code>{log.code}</code> }.into_any() }}
                    </td>
                    <td class="num">{micros(log.latency_us)}</td>
                </LinkedRow>
            }
        })
        .collect_view();
    view! {
        <Table stacks=true label="Calls" caption="Calls, newest first">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Request"</th>
                    <th scope="col">"Error"</th>
                    <th scope="col" class="num">"Latency"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}
