//! Who changed what.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::audit::list_audit;
use crate::components::empty::Empty;
use crate::components::environment::{env_href, use_env};
use crate::components::format::indent_json;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::pager::Pager;
use crate::components::time::Time;
use crate::types::account::AuditView;

/// Newest first, in pages.
#[component]
pub fn AuditPage() -> impl IntoView {
    let env = use_env();
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let entries = Resource::new(move || cursor.get(), list_audit);
    view! {
        <PageHead title="Audit" lead="Every change in this organisation: who made it, and what it was before and after." />
        {loaded(
            move || async move { entries.await },
            move || entries.refetch(),
            move |page| {
                let paged = cursor.with_untracked(Option::is_some);
                let base = env_href("/dashboard/audit", env.get_untracked());
                if page.data.is_empty() && !paged {
                    view! { <Empty title="Nothing has changed yet" text="Create a key or invite somebody, and it is written down here." /> }.into_any()
                } else {
                    view! {
                        <AuditTable entries=page.data />
                        <Pager base next=page.next_cursor paged />
                    }
                    .into_any()
                }
            },
        )}
    }
}

#[component]
fn AuditTable(entries: Vec<AuditView>) -> impl IntoView {
    let rows = entries
        .into_iter()
        .map(|entry| {
            view! {
                <tr>
                    <td><Time at=entry.created_at seconds=true /></td>
                    <td>{entry.actor}</td>
                    <td><code>{entry.action}</code></td>
                    <td><code>{entry.target_id}</code></td>
                    <td>{entry.source_ip}</td>
                    <td><Change before=entry.before after=entry.after request_id=entry.request_id /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Audit entries">
            <table class="table">
                <caption class="visually-hidden">"Audit entries, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time (UTC)"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Target"</th>
                        <th scope="col">"IP"</th>
                        <th scope="col">"Change"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Change(before: Option<String>, after: Option<String>, request_id: String) -> impl IntoView {
    if before.is_none() && after.is_none() && request_id.is_empty() {
        return view! { <span class="text-muted">"–"</span> }.into_any();
    }
    let side = |label: &'static str, text: Option<String>| {
        text.map(|text| {
            let text = indent_json(&text).unwrap_or(text);
            view! { <p class="mt-1 text-muted text-sm">{label}</p><pre class="code whitespace-pre-wrap">{text}</pre> }
        })
    };
    view! {
        <details>
            <summary class="link">"Show"</summary>
            {side("Before", before)}
            {side("After", after)}
            {(!request_id.is_empty()).then(|| view! { <p class="mt-1 text-muted text-sm">"Request id"</p><code>{request_id}</code> })}
        </details>
    }
    .into_any()
}
