//! Code to read and copy.

use leptos::prelude::*;

use super::copy_button::CopyButton;

/// A scrolling block with a button that copies it.
#[component]
pub fn CodeBlock(
    /// What it is.
    #[prop(into)]
    label: String,
    #[prop(into)] code: Signal<String>,
    /// The text to copy, if it differs from the displayed one.
    #[prop(optional, into)]
    copies: Option<Signal<String>>,
) -> impl IntoView {
    view! {
        <div class="code-block">
            <div class="code-head">
                <span class="truncate">{label.clone()}</span>
                <CopyButton text=copies.unwrap_or(code) class="btn btn-ghost btn-sm" />
            </div>
            // Focusable, so that a long line can be scrolled with the keyboard.
            <pre class="code" tabindex="0" role="group" aria-label=label><code>{move || code.get()}</code></pre>
        </div>
    }
}
