//! The guide: rules for every operation of every product.

pub mod errors;
mod guide;
pub mod keys;
pub mod upstream;
pub mod webhooks;

use leptos::prelude::*;

use self::guide::Guide;
use crate::components::page_head::PageHead;
use crate::components::site::Site;

#[component]
pub fn DocsPage() -> impl IntoView {
    view! {
        <Site>
            <PageHead title="Guide" lead="Applies to every call: keys, errors, limits, and safe retries.">
                <a class="btn" href="/docs/webhooks">"Webhooks"</a>
                <a class="btn" href="/apis/platform">"The platform's own API"</a>
                <a class="btn btn-primary" href="/apis">"All APIs"</a>
            </PageHead>
            <div class="with-toc">
                <Contents />
                <div class="min-w-0"><Guide /></div>
            </div>
        </Site>
    }
}

#[component]
fn Contents() -> impl IntoView {
    let sections = guide::SECTIONS
        .map(|(id, title)| view! { <li><a class="nav-link" href=format!("#{id}")>{title}</a></li> })
        .collect_view();
    view! {
        // Focusable, because it scrolls if it is long.
        <nav class="toc" aria-label="On this page" tabindex="0">
            <p class="nav-group pt-0">"Guide"</p>
            <ul>{sections}</ul>
            <p class="nav-group">"More"</p>
            <ul>
                <li><a class="nav-link" href="/docs/keys">"Keys"</a></li>
                <li><a class="nav-link" href="/docs/errors">"Error codes"</a></li>
                <li><a class="nav-link" href="/docs/upstream">"Verify requests from Tollgate"</a></li>
                <li><a class="nav-link" href="/apis">"APIs"</a></li>
                <li><a class="nav-link" href="/llms.txt" rel="external">"llms.txt"</a></li>
            </ul>
        </nav>
    }
}
