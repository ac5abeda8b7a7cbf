//! Comparison of two documents of a product.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::product::remove::Callers;
use crate::actions::products::load_diff;
use crate::components::loaded::loaded;
use crate::components::marked::marked;
use crate::components::page_head::PageHead;
use crate::components::table::Table;
use crate::types::change::{ChangeView, VersionDiff};

#[component]
pub fn DiffPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let revision =
        move |name: &str| query.with(|q| q.get(name)).and_then(|text| text.parse::<u64>().ok());
    let after = move || query.with(|q| q.get("after")).unwrap_or_default();
    let diff = Resource::new(
        move || (id.get(), revision("from"), revision("to"), after()),
        |(id, from, to, after)| load_diff(id, from, to, after),
    );
    let path = move || format!("/admin/products/{}/diff", id.get_untracked());
    view! {
        <p class="mb-2"><a class="link" href=move || format!("/admin/products/{}", id.get())>"The product"</a></p>
        <PageHead title="Compare versions" lead="Changes that affect client programs, breaking changes first." />
        {loaded(move || async move { diff.await }, move || diff.refetch(), move |diff| view! { <Diff diff path=path() /> })}
    }
}

#[component]
fn Diff(diff: VersionDiff, path: String) -> impl IntoView {
    let VersionDiff { from, to, changes, affected, next_cursor } = diff;
    let any = !changes.is_empty();
    let is_breaking = changes.iter().any(|change| change.breaking);
    let rows = changes.into_iter().map(|change| view! { <Row change /> }).collect_view();
    let table = any.then(|| {
        view! {
            <Table stacks=true label="Changes" caption="Changes, breaking ones first">
                <thead>
                    <tr><th scope="col">"Kind"</th><th scope="col">"Operation"</th><th scope="col">"What has changed"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    let partners = is_breaking.then(|| {
        let body = if affected.is_empty() {
            view! { <p>"No key called a broken operation in the last 30 days."</p> }.into_any()
        } else {
            view! { <Callers callers=affected /> }.into_any()
        };
        let more = next_cursor.map(|after| {
            let href = format!("{path}?from={from}&to={to}&after={after}#partners");
            view! {
                <p class="row">"The table shows 50 organisations at a time." <a class="btn btn-sm" href=href>"Show the next 50"</a></p>
            }
        });
        view! {
            <section class="stack" aria-labelledby="partners">
                <h2 id="partners">"Callers of broken operations"</h2>
                {body}
                {more}
            </section>
        }
    });
    view! {
        <div class="stack gap-4">
            <p>{format!("Revision {from} to revision {to}.")} " " {(!any).then_some("No changes affect client programs.")}</p>
            {table}
            {partners}
        </div>
    }
}

#[component]
fn Row(change: ChangeView) -> impl IntoView {
    let kind = if change.breaking {
        view! { <span class="badge badge-danger">"breaking"</span> }
    } else {
        view! { <span class="badge">"other"</span> }
    };
    view! {
        <tr>
            <td>{kind}</td>
            <td><code>{change.operation.unwrap_or_else(|| "–".to_owned())}</code></td>
            <td class="whitespace-normal">{marked(&change.message)} <code class="block break-all text-muted">{change.pointer}</code></td>
        </tr>
    }
}
