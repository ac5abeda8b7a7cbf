//! What is said where no script runs.

use leptos::prelude::*;

/// Given as text: a browser that runs scripts reads what is inside `<noscript>` as text, too, and
/// the hydrating script would look in vain for the elements it was told of.
#[component]
pub fn NoScript(html: &'static str) -> impl IntoView {
    view! { <noscript inner_html=html></noscript> }
}
