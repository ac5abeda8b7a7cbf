//! Asks for the overlap of a rotation, then shows the new key once. A rotation without an overlap
//! is confirmed like a revocation.

use leptos::prelude::*;

use crate::actions::keys::Rotate;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::confirm_menu::{ConfirmMenu, last_use};
use crate::components::form_state::{error_of, sent_values};
use crate::components::held_key::use_held_key;
use crate::components::one_time::OneTime;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::components::session::use_session;
use crate::types::key::KeyView;
use crate::types::rotation::Overlap;

const WHAT: &str = "Creates a new key with the same name, scopes, expiry and limits, and a new secret. During the overlap both keys work, and responses to the old key announce its end.";

/// The same without scripts: it asks in place, and the response shows the new key once.
#[component]
pub fn RotateAsk(key_view: KeyView, rotate: ServerAction<Rotate>) -> impl IntoView {
    let error = error_of(rotate);
    let chosen: Overlap =
        sent_values(error).and_then(|sent| sent.get("overlap")?.parse().ok()).unwrap_or_default();
    let choices = Overlap::ALL
        .map(|choice| view! { <option value=choice.as_str() selected=choice == chosen>{choice.label()}</option> })
        .collect_view();
    let open = Signal::derive(move || error.with(Option::is_some));
    view! {
        <ConfirmMenu label="Rotate" about=format!("Rotate {}", key_view.name) class="btn btn-primary" open>
            <p>{WHAT}</p>
            <p>
                "If the old key ends immediately, every call with it is refused with 401 until its callers have the new key. This cannot be undone. "
                {last_use(&key_view)}
            </p>
            <form method="post" action=format!("/dashboard/keys/{}/rotate", key_view.id)>
                <OneTime />
                <input type="hidden" name="environment" value=key_view.environment.as_str() />
                <div class="field">
                    <label class="label" for="rotate-overlap">"The old key ends"</label>
                    <select class="select" id="rotate-overlap" name="overlap">{choices}</select>
                    <p class="hint">"Never later than its own expiry."</p>
                </div>
                <button type="submit" class="btn btn-primary">"Rotate key"</button>
            </form>
        </ConfirmMenu>
    }
}

/// Opens while `rotating` has a key.
#[component]
pub fn RotateDialog(
    rotating: RwSignal<Option<KeyView>>,
    rotate: ServerAction<Rotate>,
    /// Set once the new key is stored.
    is_stored: RwSignal<bool>,
) -> impl IntoView {
    let session = use_session();
    let held = use_held_key();
    let open = RwSignal::new(false);
    let overlap = RwSignal::new(Overlap::default());
    let secret = RwSignal::new(None::<NewSecret>);
    Effect::new(move |_| {
        if rotating.with(Option::is_some) {
            overlap.set(Overlap::default());
            is_stored.set(false);
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            rotating.set(None);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(rotated)) = rotate.value().get() {
            held.keep(session.org_id_now(), &rotated.created);
            secret.set(Some(rotated.created.into()));
        }
    });
    let title = Signal::derive(move || {
        rotating
            .with(|key| key.as_ref().map(|key| format!("Rotate {}?", key.name)).unwrap_or_default())
    });
    let on_confirm = Callback::new(move |()| {
        if let Some(key) = rotating.get_untracked() {
            rotate.dispatch(Rotate { id: key.id, overlap: overlap.get_untracked() });
        }
    });
    // The old key ends while its callers still use it.
    let is_sudden = move || overlap.get() == Overlap::Now;
    let expect = Signal::derive(move || {
        let name = rotating.with(|key| key.as_ref().map(|key| key.name.clone()));
        name.filter(|_| is_sudden()).unwrap_or_default()
    });
    let breaks = move || rotating.with(|key| key.as_ref().map(last_use));
    let choose = move |ev| overlap.set(event_target_value(&ev).parse().unwrap_or_default());
    let choices = move || {
        Overlap::ALL
            .map(|choice| {
                view! { <option value=choice.as_str() selected=choice == Overlap::default() prop:selected=move || overlap.get() == choice>{choice.label()}</option> }
            })
            .collect_view()
    };
    view! {
        <ConfirmDialog id="rotate-key" open title expect label="Rotate key" on_confirm class="btn btn-primary">
            <p>{WHAT}</p>
            <div class="field">
                <label class="label" for="overlap">"The old key ends"</label>
                <select class="select" id="overlap" on:change=choose>{choices()}</select>
                <p class="hint">"Never later than its own expiry."</p>
            </div>
            <Show when=is_sudden>
                <p class="alert alert-danger">
                    "The old key stops working immediately: every call with it is refused with 401 until its callers have the new key. This cannot be undone. "
                    {breaks}
                </p>
            </Show>
        </ConfirmDialog>
        <SecretDialog secret on_stored=Callback::new(move |()| is_stored.set(true)) />
    }
}
