//! A button that copies text and says so.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::form_state::use_scripted;
use crate::browser::clipboard;

/// Copies the value of `text` at the time of the click.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    #[prop(default = "Copy")] label: &'static str,
    #[prop(default = "btn btn-sm")] class: &'static str,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<bool>);
    let scripted = use_scripted();
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let copied = clipboard::copy(&text).await;
            outcome.try_set(Some(copied));
            set_timeout(
                move || {
                    outcome.try_set(None);
                },
                Duration::from_secs(2),
            );
        });
    };
    view! {
        <button type="button" class=class on:click=copy disabled=move || !scripted.get()>
            <span aria-live="polite">
                {move || match outcome.get() {
                    None => label,
                    Some(true) => "Copied",
                    Some(false) => "Select it and press Ctrl+C",
                }}
            </span>
        </button>
    }
}
