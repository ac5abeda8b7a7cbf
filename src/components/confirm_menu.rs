//! Confirms a destructive action, in place and without scripts: the button opens a text that names
//! what will break, and the form that does it.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::format::plural;
use crate::types::key::KeyView;
use crate::types::time::Timestamp;

/// A button that asks; Escape closes the question. The children name what will break, and contain
/// the form.
#[component]
pub fn ConfirmMenu(
    /// The verb on the button, with its object where that is not clear.
    #[prop(into)]
    label: String,
    /// For screen readers, if several buttons of a table have the same label.
    #[prop(optional, into)]
    about: Option<String>,
    #[prop(default = "btn")] class: &'static str,
    /// Whether the question is open from the start: for a form inside that was refused, so that its
    /// error is seen.
    #[prop(optional, into)]
    open: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let button = NodeRef::<html::Summary>::new();
    let on_key = move |ev: KeyboardEvent| {
        if ev.key() == "Escape" {
            if let Some(details) = details.get_untracked() {
                details.set_open(false);
            }
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    view! {
        <details class="ask" open=move || open.get() node_ref=details on:keydown=on_key>
            <summary class=class node_ref=button aria-label=about>{label}</summary>
            <div class="ask-body stack gap-2">{children()}</div>
        </details>
    }
}

/// What disabling or revoking a key breaks, based on its last use.
pub fn last_use(key: &KeyView) -> String {
    match (key.last_used_at, &key.last_used_ip) {
        (Some(at), Some(ip)) => format!(
            "It was last used on {} from {ip}. Whatever uses it there stops working.",
            at.long()
        ),
        (Some(at), None) => {
            format!("It was last used on {}. Whatever uses it stops working.", at.long())
        }
        (None, _) => "It was never used.".to_owned(),
    }
}

/// `It made 3 calls since 05:00 UTC: such calls will be refused.`
pub fn recent_calls(calls: u64, since: Timestamp) -> String {
    match calls {
        0 => format!("It made no call since {} UTC.", since.clock()),
        calls => format!(
            "It made {} since {} UTC: such calls will be refused.",
            plural(calls, "call", "calls"),
            since.clock()
        ),
    }
}
