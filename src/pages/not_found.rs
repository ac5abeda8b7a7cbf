//! Page not found.

use leptos::prelude::*;

use crate::components::page_head::PageHead;
use crate::components::site::Site;
use crate::components::status;

/// For every address without a page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <Site><NotFound /></Site> }
}

/// Replaces the content of a page.
#[component]
pub fn NotFound() -> impl IntoView {
    status::not_found();
    view! {
            <PageHead title="Page not found" lead="There is no page at this address. The link may be outdated or mistyped." />
            <p class="row">
                <a class="btn btn-primary" href="/dashboard">"Go to the dashboard"</a>
                <a class="btn" href="/docs">"Read the docs"</a>
            </p>
    }
}
