//! The button that sends a form.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::focus::focus_on_success;

/// Shows that the form is being sent, and prevents sending it twice. Not with `disabled`, because a
/// disabled button loses the focus.
#[component]
pub fn Submit(
    #[prop(into)] label: Signal<String>,
    /// The label meanwhile.
    #[prop(default = "One moment…")]
    busy: &'static str,
    #[prop(into)] pending: Signal<bool>,
    #[prop(default = "btn btn-primary")] class: &'static str,
    /// For forms that only work with scripts.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let hold = move |event: MouseEvent| {
        if pending.get_untracked() {
            event.prevent_default();
        }
    };
    let is_sent = move || pending.get().then_some("true");
    view! {
        <button type="submit" class=class disabled=move || disabled.get() aria-disabled=is_sent aria-busy=is_sent on:click=hold>
            {move || if pending.get() { busy.to_owned() } else { label.get() }}
        </button>
    }
}

/// Confirms that something was saved, near the button; announced to screen readers, and focused if
/// the button is gone.
#[component]
pub fn Done(#[prop(into)] when: Signal<bool>, text: &'static str) -> impl IntoView {
    let place = focus_on_success(when);
    view! {
        <span role="status" class="text-ok text-sm self-center" tabindex="-1" node_ref=place>{move || when.get().then_some(text)}</span>
    }
}
