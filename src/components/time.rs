//! Points in time. Always UTC: the server and every reader show the same text.

use leptos::prelude::*;

use crate::types::time::Timestamp;

/// A time as people read it, with the exact one for machines and on hover.
#[component]
pub fn Time(
    at: Timestamp,
    /// With the year and seconds.
    #[prop(optional)]
    long: bool,
) -> impl IntoView {
    let exact = at.to_string();
    let text = if long { format!("{} UTC", at.long()) } else { at.short() };
    view! { <time datetime=exact.clone() title=exact>{text}</time> }
}

/// The same, or a word where there is none.
#[component]
pub fn MaybeTime(at: Option<Timestamp>, or: &'static str) -> impl IntoView {
    match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => view! { <span class="text-muted">{or}</span> }.into_any(),
    }
}
