//! Changing a key's name and settings.

use leptos::prelude::*;

use super::super::fields::SettingsFields;
use crate::actions::keys::UpdateKey;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded};
use crate::components::submit::{Done, Submit};
use crate::types::key::{KeyInput, KeyView};
use crate::types::money::Currency;

/// The form starts with the key's values, so that unchanged fields stay.
#[component]
pub fn SettingsCard(
    key_view: KeyView,
    currency: Currency,
    update: ServerAction<UpdateKey>,
) -> impl IntoView {
    let error = error_of(update);
    let input = KeyInput::of(&key_view, currency);
    view! {
        <section class="card" aria-labelledby="settings">
            <h2 id="settings" class="mb-3">"Settings"</h2>
            <ActionForm action=update>
                <FormAlert error />
                <input type="hidden" name="id" value=key_view.id.to_string() />
                <TextField name="name" label="Name" maxlength=80 value=input.name.clone() error />
                <SettingsFields input error />
                <div class="form-actions">
                    <Submit label="Save" pending=update.pending() />
                    <Done when=succeeded(update) text="Saved." />
                </div>
            </ActionForm>
        </section>
    }
}
