//! The page after signing up or logging in: `?next=`. The server follows it only if it is a path of
//! this portal.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::format::encode;

/// The page in the URL; empty without one.
pub fn use_next() -> String {
    use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default()
}

/// `page` with `next` as parameter; an empty `next` adds nothing.
pub fn with_next(page: &str, next: &str) -> String {
    if next.is_empty() { page.to_owned() } else { format!("{page}?next={}", encode(next)) }
}
