//! The button that sends a form.

use leptos::prelude::*;

/// Shows that the form is on its way and cannot be sent twice.
#[component]
pub fn Submit(
    #[prop(into)] label: Signal<String>,
    /// What is shown meanwhile.
    #[prop(default = "One moment…")]
    busy: &'static str,
    #[prop(into)] pending: Signal<bool>,
    #[prop(default = "btn btn-primary")] class: &'static str,
    /// For forms that only a script can finish.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button type="submit" class=class disabled=move || pending.get() || disabled.get() aria-busy=move || pending.get().then_some("true")>
            {move || if pending.get() { busy.to_owned() } else { label.get() }}
        </button>
    }
}

/// Says that something was saved, where the eye is; announced to screen readers.
#[component]
pub fn Done(#[prop(into)] when: Signal<bool>, text: &'static str) -> impl IntoView {
    view! {
        <span role="status" class="text-ok text-sm self-center">{move || when.get().then_some(text)}</span>
    }
}
