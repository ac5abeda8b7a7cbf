//! The list of an audit log.

use std::future::Future;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::empty::Empty;
use super::format::indent_json;
use super::loaded::loaded;
use super::pager::Pager;
use super::table::Table;
use super::time::Time;
use crate::actions::error::UiError;
use crate::types::account::AuditView;
use crate::types::page::Page;

/// Newest first, in pages. `load` returns the page after a cursor, `base` is the URL of the list,
/// and `empty` says what it will contain.
pub fn audit_list<Fut>(
    load: impl Fn(Option<String>) -> Fut + Send + Sync + 'static,
    base: impl Fn() -> String + Clone + Send + Sync + 'static,
    empty: &'static str,
) -> impl IntoView
where
    Fut: Future<Output = Result<Page<AuditView>, UiError>> + Send + 'static,
{
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let entries = Resource::new(move || cursor.get(), load);
    loaded(
        move || async move { entries.await },
        move || entries.refetch(),
        move |page: Page<AuditView>| {
            let paged = cursor.with_untracked(Option::is_some);
            let is_empty = page.data.is_empty();
            if is_empty && !paged {
                view! { <Empty title="Nothing has changed yet" text=empty /> }.into_any()
            } else {
                view! {
                    {(!is_empty).then(|| view! { <AuditTable entries=page.data /> })}
                    <Pager base=base() next=page.next_cursor paged is_empty />
                }
                .into_any()
            }
        },
    )
}

#[component]
fn AuditTable(entries: Vec<AuditView>) -> impl IntoView {
    let rows = entries
        .into_iter()
        .map(|entry| {
            view! {
                <tr>
                    <td><Time at=entry.created_at /></td>
                    <td>{entry.actor}</td>
                    <td><code>{entry.action}</code> <code class="block text-muted">{entry.target_id}</code></td>
                    <td data-label="IP">{entry.source_ip}</td>
                    <td><Change before=entry.before after=entry.after request_id=entry.request_id /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table stacks=true label="Audit entries" caption="Audit entries, newest first">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Actor"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"IP"</th>
                    <th scope="col">"Change"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
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
