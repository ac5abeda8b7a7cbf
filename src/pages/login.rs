//! Logging in.

use leptos::prelude::*;

use crate::actions::auth::LogIn;
use crate::components::after::{use_next, with_next};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::encode;
use crate::components::site::AuthPage;
use crate::components::submit::Submit;

/// `?next=` is the page to go to afterwards; the server accepts only a path of the portal.
#[component]
pub fn LoginPage() -> impl IntoView {
    let log_in = ServerAction::<LogIn>::new();
    let error = error_of(log_in);
    let next = use_next();
    // An invitation's page links here; visitors without an account must not lose the invitation.
    let sign_up = match next.strip_prefix("/invitations?token=") {
        Some(token) => format!("/signup?invitation={}", encode(token)),
        None => with_next("/signup", &next),
    };
    view! {
        <AuthPage title="Log in">
            <ActionForm action=log_in>
                <FormAlert error />
                <input type="hidden" name="next" value=next />
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" autofocus=true error />
                <TextField name="password" label="Password" kind="password" autocomplete="current-password" error />
                <div class="form-actions">
                    <Submit label="Log in" pending=log_in.pending() />
                </div>
            </ActionForm>
            <p class="form-aside row justify-between">
                <a class="link" href="/reset">"Forgot your password?"</a>
                <span>"New here? " <a class="link" href=sign_up>"Create an account"</a></span>
            </p>
        </AuthPage>
    }
}
