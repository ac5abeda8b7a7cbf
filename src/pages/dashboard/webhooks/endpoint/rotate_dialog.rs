//! Asks how long the old secret shall still sign, then shows the new one, once.

use leptos::prelude::*;

use crate::actions::webhooks::RotateEndpointSecret;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::environment::use_env;
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::secret_dialog::{NewSecret, SecretDialog};

/// Hours of the overlap and their labels.
const OVERLAPS: [(u32, &str); 5] = [(24, "In 24 hours"), (0, "At once"), (1, "In 1 hour"), (72, "In 3 days"), (168, "In 7 days")];

#[component]
pub fn RotateDialog(id: Memo<String>, open: RwSignal<bool>) -> impl IntoView {
    let env = use_env();
    let rotate = ServerAction::<RotateEndpointSecret>::new();
    let overlap = RwSignal::new(OVERLAPS[0].0);
    let secret = RwSignal::new(None::<NewSecret>);
    Effect::new(move |_| {
        if let Some(Ok(created)) = rotate.value().get() {
            secret.set(Some(created.into()));
        }
    });
    let on_confirm = Callback::new(move |()| {
        if let Ok(id) = id.get_untracked().parse() {
            rotate.dispatch(RotateEndpointSecret { environment: env.get_untracked(), id, overlap_hours: overlap.get_untracked() });
        }
    });
    let choose = move |ev| overlap.set(event_target_value(&ev).parse().unwrap_or(OVERLAPS[0].0));
    let choices = || OVERLAPS.map(|(hours, label)| view! { <option value=hours.to_string()>{label}</option> }).collect_view();
    view! {
        <FormAlert error=error_of(rotate) />
        <ConfirmDialog id="rotate-secret" open title="Rotate the signing secret?" label="Rotate secret" on_confirm class="btn btn-primary">
            <p>"Deliveries carry the signatures of both secrets until the old one ends, so that you can change over without losing any."</p>
            <div class="field">
                <label class="label" for="overlap">"The old secret ends"</label>
                <select class="select" id="overlap" on:change=choose>{choices()}</select>
            </div>
        </ConfirmDialog>
        <SecretDialog secret on_stored=Callback::new(|()| ()) />
    }
}
