//! The way to older entries.

use leptos::prelude::*;

/// Links to the next page and back to the newest. `base` is the list's URL with its filters.
#[component]
pub fn Pager(base: String, next: Option<String>, paged: bool) -> impl IntoView {
    let joint = if base.contains('?') { '&' } else { '?' };
    (paged || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages of this list">
                {paged.then(|| view! { <a class="btn btn-sm" href=base.clone()>"Newest"</a> })}
                <span></span>
                {next.map(|cursor| view! { <a class="btn btn-sm" rel="next" href=format!("{base}{joint}cursor={cursor}")>"Older"</a> })}
            </nav>
        }
    })
}
