//! Setting a new password with the link of a reset mail.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::ResetPassword;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::site::AuthPage;
use crate::components::submit::Submit;

/// `?token=` is part of the mail's link.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let reset = ServerAction::<ResetPassword>::new();
    let error = error_of(reset);
    let token = use_query_map().with_untracked(|q| q.get("token")).unwrap_or_default();
    view! {
        <AuthPage title="Choose a new password" lead="All your other sessions end when you set it.">
            <ActionForm action=reset>
                <FormAlert error />
                <input type="hidden" name="token" value=token />
                <TextField
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    minlength=12
                    maxlength=200
                    autofocus=true
                    hint="At least 12 characters. A few words you can remember are best."
                    error
                />
                <div class="form-actions">
                    <Submit label="Set password and log in" pending=reset.pending() />
                </div>
            </ActionForm>
            <p class="form-aside"><a class="link" href="/reset">"Ask for a new link"</a></p>
        </AuthPage>
    }
}
