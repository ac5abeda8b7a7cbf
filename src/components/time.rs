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
    /// With seconds, as a row among many.
    #[prop(optional)]
    seconds: bool,
) -> impl IntoView {
    let exact = at.to_string();
    let text = match (long, seconds) {
        (true, _) => format!("{} UTC", at.long()),
        // `exact` reads 2026-11-21T21:32:58.042Z.
        (_, true) => format!("{}{}", at.short(), exact.get(16..19).unwrap_or_default()),
        _ => at.short(),
    };
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
