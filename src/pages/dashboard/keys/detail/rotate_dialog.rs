//! Asks for the overlap of a rotation, then shows the new key once. A rotation without an overlap
//! is confirmed like a revocation.

use leptos::prelude::*;

use crate::actions::keys::Rotate;
use crate::components::ask::last_use;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::held_key::use_held_key;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::components::session::use_session;
use crate::types::key::KeyView;
use crate::types::rotation::Overlap;

/// Opens while `rotating` has a key.
#[component]
pub fn RotateDialog(
    rotating: RwSignal<Option<KeyView>>,
    rotate: ServerAction<Rotate>,
) -> impl IntoView {
    let session = use_session();
    let held = use_held_key();
    let open = RwSignal::new(false);
    let overlap = RwSignal::new(Overlap::default());
    let secret = RwSignal::new(None::<NewSecret>);
    Effect::new(move |_| {
        if rotating.with(Option::is_some) {
            overlap.set(Overlap::default());
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
            <p>"Creates a new key with the same name, scopes, expiry and limits, and a new secret. During the overlap both keys work, and responses to the old key announce its end."</p>
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
        <SecretDialog secret on_stored=Callback::new(|()| ()) />
    }
}
