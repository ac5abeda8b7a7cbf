//! Texts for browsers without scripts.

use leptos::prelude::*;

/// Given as text: a browser with scripts parses the content of `<noscript>` as text, too, and the
/// hydrating script would not find the elements that it expects.
#[component]
pub fn NoScript(html: &'static str) -> impl IntoView {
    view! { <noscript inner_html=html></noscript> }
}
