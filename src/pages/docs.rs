//! The reference of the platform's API.

pub mod errors;
mod guide;
pub mod keys;
mod operation;
pub mod webhooks;

use leptos::prelude::*;

use self::guide::Guide;
use self::operation::Operation;
use crate::actions::docs::operations;
use crate::components::badge::Method;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::types::operation::OperationView;

/// What holds for all operations, then each of them.
#[component]
pub fn DocsPage() -> impl IntoView {
    let operations = Resource::new(|| (), |()| operations());
    view! {
        <Site>
            <PageHead title="API reference" lead="A REST API with JSON bodies. Every operation can be tried in the sandbox.">
                <a class="btn" href="/docs/webhooks">"Webhooks"</a>
                <a class="btn" href="/v1/openapi.json" rel="external">"OpenAPI 3.1"</a>
                <a class="btn btn-primary" href="/dashboard/try">"Try it"</a>
            </PageHead>
            {loaded(
                move || async move { operations.await },
                move || operations.refetch(),
                |operations: Vec<OperationView>| {
                    view! {
                        <div class="with-toc">
                            <Contents operations=operations.clone() />
                            <div class="min-w-0">
                                <Guide />
                                {operations.into_iter().map(|operation| view! { <Operation operation /> }).collect_view()}
                            </div>
                        </div>
                    }
                },
            )}
        </Site>
    }
}

#[component]
fn Contents(operations: Vec<OperationView>) -> impl IntoView {
    let links = operations
        .into_iter()
        .map(|op| {
            view! {
                <li>
                    <a class="nav-link" href=format!("#{}", op.id)>
                        <Method name=op.method />
                        <span class="min-w-0 truncate">{op.summary}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    let guide = guide::SECTIONS.map(|(id, title)| view! { <li><a class="nav-link" href=format!("#{id}")>{title}</a></li> }).collect_view();
    view! {
        // Focusable, since it scrolls by itself where it is long.
        <nav class="toc" aria-label="On this page" tabindex="0">
            <p class="nav-group pt-0">"Guide"</p>
            <ul>{guide}</ul>
            <p class="nav-group">"Operations"</p>
            <ul>{links}</ul>
        </nav>
    }
}
