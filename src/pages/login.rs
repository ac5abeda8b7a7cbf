//! Logging in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::LogIn;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::encode;
use crate::components::site::AuthPage;
use crate::components::submit::Submit;

/// `?next=` is where to go afterwards; the server takes it only if it is a path of ours.
#[component]
pub fn LoginPage() -> impl IntoView {
    let log_in = ServerAction::<LogIn>::new();
    let error = error_of(log_in);
    let next = use_query_map().with_untracked(|q| q.get("next")).unwrap_or_default();
    // An invitation's page sends people here; whoever has no account yet must not lose it.
    let sign_up = match next.strip_prefix("/invitations?token=") {
        Some(token) => format!("/signup?invitation={}", encode(token)),
        None => "/signup".to_owned(),
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
