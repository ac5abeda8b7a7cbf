//! Plain text with the only mark-up that our texts use. All messages that come from the server are
//! shown with it.

use leptos::prelude::*;

/// Text whose parts between backticks are code.
pub fn marked(text: &str) -> impl IntoView + use<> {
    text.split('`')
        .enumerate()
        .map(|(i, part)| {
            let part = part.to_owned();
            if i % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect_view()
}

/// [`marked`] as an element.
#[component]
pub fn Marked(#[prop(into)] text: String) -> impl IntoView {
    marked(&text)
}
