//! Shows a new secret once: a key, a signing secret or an admin token.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::badge::EnvBadge;
use super::copy_button::CopyButton;
use crate::types::admin::CreatedAdminToken;
use crate::types::environment::Environment;
use crate::types::key::CreatedKey;
use crate::types::rotation::RotatedKey;
use crate::types::webhook::CreatedEndpoint;

/// The secret.
#[derive(Clone)]
pub struct NewSecret {
    /// Its name in sentences.
    pub what: &'static str,
    pub label: &'static str,
    /// Why it cannot be shown again.
    pub why: &'static str,
    /// The object that it belongs to.
    pub name: String,
    /// `None` for a secret of the whole portal.
    pub environment: Option<Environment>,
    pub text: String,
}

impl From<CreatedKey> for NewSecret {
    fn from(created: CreatedKey) -> Self {
        Self {
            what: "key",
            label: "API key",
            why: "It cannot be shown again: Tollgate keeps only its hash.",
            name: created.view.name,
            environment: Some(created.view.environment),
            text: created.key,
        }
    }
}

impl From<RotatedKey> for NewSecret {
    fn from(rotated: RotatedKey) -> Self {
        rotated.created.into()
    }
}

impl From<CreatedAdminToken> for NewSecret {
    fn from(created: CreatedAdminToken) -> Self {
        Self {
            what: "admin token",
            label: "Admin token",
            why: "It cannot be shown again: Tollgate keeps only its hash.",
            name: created.view.name,
            environment: None,
            text: created.token,
        }
    }
}

impl From<CreatedEndpoint> for NewSecret {
    fn from(created: CreatedEndpoint) -> Self {
        Self {
            what: "signing secret",
            label: "Signing secret",
            why: "It cannot be shown again. If you lose it, rotate the secret.",
            name: created.endpoint.url,
            environment: Some(created.endpoint.environment),
            text: created.secret,
        }
    }
}

/// Opens when `secret` has a value, and closes only with "I have stored it": closed by accident,
/// the secret would be lost. `on_stored` runs after it has left the page.
#[component]
pub fn SecretDialog(secret: RwSignal<Option<NewSecret>>, on_stored: Callback<()>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let is_confirming = RwSignal::new(false);
    let show = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|d| !d.open()) {
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move |_| {
        dialog.track();
        if secret.with(Option::is_some) {
            is_confirming.set(false);
            show();
        }
    });
    let on_key = move |ev: KeyboardEvent| {
        if ev.key() == "Escape" {
            ev.prevent_default();
            is_confirming.set(true);
        }
    };
    // Some browsers close the dialog on a second Escape in any case.
    let on_close = move |_| {
        if secret.with_untracked(Option::is_some) {
            is_confirming.set(true);
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
    let text = Signal::derive(move || {
        secret.with(|s| s.as_ref().map(|s| s.text.clone()).unwrap_or_default())
    });
    let name = move || secret.with(|s| s.as_ref().map(|s| s.name.clone()));
    let environment = move || secret.with(|s| s.as_ref().and_then(|s| s.environment));
    let what = move || secret.with(|s| s.as_ref().map_or("key", |s| s.what));
    let why = move || secret.with(|s| s.as_ref().map(|s| s.why));
    let label = move || secret.with(|s| s.as_ref().map_or("API key", |s| s.label));
    view! {
        <dialog class="dialog" id="secret" node_ref=dialog aria-labelledby="secret-title" aria-describedby="secret-warning" on:keydown=on_key on:close=on_close>
            <div class="dialog-head">
                <h2 id="secret-title">{move || format!("Store your {} now", what())}</h2>
            </div>
            <div class="dialog-body">
                <p id="secret-warning">
                    {move || format!("This is the only time the {} is shown. ", what())} {why}
                </p>
                <p class="row"><strong class="min-w-0 break-all">{name}</strong> {move || environment().map(|environment| view! { <EnvBadge environment /> })}</p>
                <output class="secret" aria-label=label>{move || text.get()}</output>
                <div><CopyButton text /></div>
                <div role="alert">
                    {move || {
                        is_confirming
                            .get()
                            .then(|| {
                                view! {
                                    <p class="alert alert-warn">{format!("The {} will be lost if you have not stored it. Close only with the button below.", what())}</p>
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
