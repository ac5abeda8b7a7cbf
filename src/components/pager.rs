//! Links to older entries.

use leptos::prelude::*;

/// Links to the next page and back to the newest, and what an empty page means. `base` is the
/// list's URL with its filters.
#[component]
pub fn Pager(
    base: String,
    next: Option<String>,
    paged: bool,
    /// Whether this page of the list has no entries.
    is_empty: bool,
) -> impl IntoView {
    let joint = if base.contains('?') { '&' } else { '?' };
    // A filter with few matches is applied in steps, so an empty page may be followed by others.
    let note = is_empty.then_some(if next.is_some() {
        "No matches in this part of the list. Older entries have not been searched yet."
    } else {
        "There are no older entries."
    });
    (paged || next.is_some()).then(|| {
        view! {
            {note.map(|note| view! { <p class="card empty" role="status">{note}</p> })}
            <nav class="pager" aria-label="Pages of this list">
                {paged.then(|| view! { <a class="btn btn-sm" href=base.clone()>"Newest"</a> })}
                <span></span>
                {next.map(|cursor| view! { <a class="btn btn-sm" rel="next" href=format!("{base}{joint}cursor={cursor}")>"Older"</a> })}
            </nav>
        }
    })
}
