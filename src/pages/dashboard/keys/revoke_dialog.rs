//! Confirmation before a key is revoked.

use leptos::prelude::*;

use crate::actions::keys::RevokeKey;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::confirm_menu::{ConfirmMenu, last_use};
use crate::types::key::KeyView;

/// The same without scripts: it asks in place.
#[component]
pub fn RevokeConfirmation(
    key_view: KeyView,
    revoke: ServerAction<RevokeKey>,
    #[prop(default = "btn text-danger")] class: &'static str,
) -> impl IntoView {
    view! {
        <ConfirmMenu label="Revoke" about=format!("Revoke {}", key_view.name) class>
            <p>"Calls are refused immediately: every call with " <code>{key_view.prefix.clone()}</code> " fails. This cannot be undone."</p>
            <p>{last_use(&key_view)}</p>
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=key_view.id.to_string() />
                <button type="submit" class="btn btn-danger">"Revoke key"</button>
            </ActionForm>
        </ConfirmMenu>
    }
}

/// Names what will break, and requires the key's name.
#[component]
pub fn RevokeDialog(
    /// The key to revoke, after the button was clicked.
    revoking: RwSignal<Option<KeyView>>,
    revoke: ServerAction<RevokeKey>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if revoking.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            revoking.set(None);
        }
    });
    let name = Signal::derive(move || {
        revoking.with(|key| key.as_ref().map(|key| key.name.clone()).unwrap_or_default())
    });
    let breaks = move || revoking.with(|key| key.as_ref().map(last_use));
    let on_confirm = Callback::new(move |()| {
        if let Some(key) = revoking.get_untracked() {
            revoke.dispatch(RevokeKey { id: key.id });
        }
    });
    view! {
        <ConfirmDialog id="revoke-key" open title=Signal::derive(move || format!("Revoke {}?", name.get())) expect=name label="Revoke key" on_confirm>
            <p>"Calls are refused immediately: every call with " <code>{move || revoking.with(|k| k.as_ref().map(|k| k.prefix.clone()))}</code> " fails. This cannot be undone."</p>
            <p>{breaks}</p>
            <p class="hint">"To pause it, disable it instead."</p>
        </ConfirmDialog>
    }
}
