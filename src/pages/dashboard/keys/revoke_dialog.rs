//! Asks before a key is revoked.

use leptos::prelude::*;

use crate::actions::keys::RevokeKey;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::types::key::KeyView;

/// Names what will break, and asks for the key's name.
#[component]
pub fn RevokeDialog(
    /// The key that is to be revoked, once that was asked for.
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
    let name = Signal::derive(move || revoking.with(|key| key.as_ref().map(|key| key.name.clone()).unwrap_or_default()));
    let breaks = move || {
        revoking.with(|key| {
            key.as_ref().map(|key| match (key.last_used_at, &key.last_used_ip) {
                (Some(at), Some(ip)) => format!("It was last used on {} UTC from {ip}. Whatever used it there stops working.", at.long()),
                (Some(at), None) => format!("It was last used on {} UTC. Whatever used it stops working.", at.long()),
                (None, _) => "It was never used.".to_owned(),
            })
        })
    };
    let on_confirm = Callback::new(move |()| {
        if let Some(key) = revoking.get_untracked() {
            revoke.dispatch(RevokeKey { id: key.id });
        }
    });
    view! {
        <ConfirmDialog id="revoke-key" open title=Signal::derive(move || format!("Revoke {}?", name.get())) expect=name label="Revoke key" on_confirm>
            <p>"From the next moment on, every call with " <code>{move || revoking.with(|k| k.as_ref().map(|k| k.prefix.clone()))}</code> " is refused. This cannot be undone."</p>
            <p>{breaks}</p>
            <p class="hint">"To switch it off for a while, disable it instead."</p>
        </ConfirmDialog>
    }
}
