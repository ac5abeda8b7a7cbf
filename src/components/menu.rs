//! A menu behind a button, as `<details>`: it opens before any script has arrived.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// `summary` is the button's content. Escape, and going to another page, close it.
#[component]
pub fn Menu(
    #[prop(into)] label: String,
    summary: AnyView,
    /// The edge of the button that the panel aligns with: `left-0` or `right-0`.
    #[prop(default = "right-0")]
    edge: &'static str,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let button = NodeRef::<html::Summary>::new();
    let location = use_location();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    Effect::new(move |before: Option<()>| {
        location.pathname.track();
        location.search.track();
        // Not the first time: it may have been opened before the script arrived.
        if before.is_some() {
            close();
        }
    });
    // The same name lets only one menu be open; a click outside closes it, too.
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::pointerdown, move |ev| {
            let inside = details.get_untracked().is_some_and(|details| {
                details.contains(Some(&event_target::<leptos::web_sys::Node>(&ev)))
            });
            if !inside {
                close();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let on_key = move |ev: KeyboardEvent| {
        if ev.key() == "Escape" {
            close();
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    view! {
        <details class="menu" name="menu" node_ref=details on:keydown=on_key>
            <summary class="btn btn-ghost" node_ref=button aria-label=label>{summary}</summary>
            <div class=format!("menu-panel {edge}")>{children()}</div>
        </details>
    }
}
