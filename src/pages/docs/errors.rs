//! Error codes: all of them, and a page for each. From the enum that the server uses.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::components::badge::StatusBadge;
use crate::components::marked::marked;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::pages::not_found::NotFoundPage;
use crate::types::code::Code;

/// The table of all codes.
#[component]
pub fn ErrorsPage() -> impl IntoView {
    let rows = Code::ALL
        .iter()
        .map(|code| {
            let href = format!("/docs/errors/{}", code.as_str());
            view! {
                <LinkedRow href=href.clone()>
                    <th scope="row"><RowLink href><code>{code.as_str()}</code></RowLink></th>
                    <td><StatusBadge status=code.status() /></td>
                    <td class="wrap">{code.docs().title}</td>
                </LinkedRow>
            }
        })
        .collect_view();
    view! {
        <Site>
            <PageHead title="Errors" lead="Every error has one of these codes. The codes are stable, so programs can rely on them." />
            <Table stacks=true label="Error codes">
                <thead><tr><th scope="col">"Code"</th><th scope="col">"Status"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </Table>
        </Site>
    }
}

/// The meaning of one code, and what to do.
#[component]
pub fn ErrorPage() -> impl IntoView {
    let params = use_params_map();
    move || match params.with(|p| p.get_str("code").and_then(Code::from_code)) {
        Some(code) => view! { <Page code /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn Page(code: Code) -> impl IntoView {
    let docs = code.docs();
    view! {
        <Title text=code.as_str() />
        <Site class="page page-narrow">
            <p class="mb-2"><a class="link" href="/docs/errors">"All errors"</a></p>
            <h1 class="row"><code class="text-xl">{code.as_str()}</code> <StatusBadge status=code.status() /></h1>
            <p class="lead text-base">{docs.title}</p>
            <div class="prose mt-6">
                <h2>"What it means"</h2>
                <p>{marked(docs.meaning)}</p>
                <h2>"What to do"</h2>
                <p>{marked(docs.remedy)}</p>
            </div>
        </Site>
    }
}
