//! The banner on every dashboard page that live calls are refused, why, and what to do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::actions::notices::list_refusals;
use crate::types::refusal::Refusal;

/// Empty while live calls are accepted. Loads again on every page.
#[component]
pub fn RefusalBanner() -> impl IntoView {
    let location = use_location();
    let refusals = Resource::new(
        move || (location.pathname.get(), location.search.get()),
        |_| list_refusals(),
    );
    let shown = move || {
        Suspend::new(async move {
            // A person without an organisation has no live calls; the page itself reports problems
            // with the session.
            let refusals = refusals.await.unwrap_or_default();
            refusals.into_iter().map(|refusal| view! { <Item refusal /> }).collect_view()
        })
    };
    view! { <Transition>{shown}</Transition> }
}

#[component]
fn Item(refusal: Refusal) -> impl IntoView {
    let (href, label) = refusal.way_out();
    view! {
        <section class="border-b border-line bg-danger-soft px-4 py-2 lg:px-8" role="alert" aria-label="Live calls are refused">
            <div class="row">
                <span><strong>{refusal.title()} "."</strong> " " {refusal.sentence()}</span>
                // For the browser to follow: the router does not wait for the part that it leads
                // to.
                <a class="btn btn-sm" href=href rel="external">{label}</a>
            </div>
        </section>
    }
}
