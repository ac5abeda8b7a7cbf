//! Shows a new key, once.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::badge::EnvBadge;
use super::copy_button::CopyButton;
use crate::types::environment::Environment;
use crate::types::key::CreatedKey;

/// Opens as soon as `secret` holds a key, and closes only on "I have stored it": closed by accident,
/// the key would be lost. `on_stored` runs after the key has left the page.
#[component]
pub fn SecretDialog(secret: RwSignal<Option<CreatedKey>>, on_stored: Callback<()>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let asked = RwSignal::new(false);
    let show = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|d| !d.open()) {
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move |_| {
        dialog.track();
        if secret.with(Option::is_some) {
            asked.set(false);
            show();
        }
    });
    let on_key = move |ev: KeyboardEvent| {
        if ev.key() == "Escape" {
            ev.prevent_default();
            asked.set(true);
        }
    };
    // Some browsers let a second Escape through, whatever the page says.
    let on_close = move |_| {
        if secret.with_untracked(Option::is_some) {
            asked.set(true);
            show();
        }
    };
    let stored = move |_| {
        secret.set(None);
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        on_stored.run(());
    };
    let text = Signal::derive(move || secret.with(|s| s.as_ref().map(|s| s.key.clone()).unwrap_or_default()));
    let name = move || secret.with(|s| s.as_ref().map(|s| s.view.name.clone()));
    let environment = move || secret.with(|s| s.as_ref().map_or(Environment::Sandbox, |s| s.view.environment));
    view! {
        <dialog class="dialog" id="secret" node_ref=dialog aria-labelledby="secret-title" aria-describedby="secret-warning" on:keydown=on_key on:close=on_close>
            <div class="dialog-head">
                <h2 id="secret-title">"Store your key now"</h2>
            </div>
            <div class="dialog-body">
                <p id="secret-warning">
                    "This is the only time the key is shown. It cannot be shown again: Tollgate keeps only its hash."
                </p>
                <p class="row"><strong>{name}</strong> {move || view! { <EnvBadge environment=environment() /> }}</p>
                <output class="secret" aria-label="API key">{move || text.get()}</output>
                <div><CopyButton text /></div>
                <div role="alert">
                    {move || {
                        asked
                            .get()
                            .then(|| {
                                view! {
                                    <p class="alert alert-warn">"The key will be lost if you have not stored it. Close only with the button below."</p>
                                }
                            })
                    }}
                </div>
            </div>
            <div class="dialog-foot">
                <button type="button" class="btn btn-primary" on:click=stored>"I have stored it"</button>
            </div>
        </dialog>
    }
}
