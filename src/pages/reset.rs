//! Requesting a reset link.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::RequestPasswordReset;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded};
use crate::components::site::AuthPage;
use crate::components::submit::Submit;

/// The response is the same whether or not the address has an account.
#[component]
pub fn ResetPage() -> impl IntoView {
    let request_reset = ServerAction::<RequestPasswordReset>::new();
    let error = error_of(request_reset);
    let sent = succeeded(request_reset);
    // A browser without scripts returns here with this in the URL.
    let query = use_query_map();
    let sent = move || sent.get() || query.with(|q| q.get_str("sent").is_some());
    view! {
        <AuthPage title="Reset your password" lead="We send a link to your address. It is valid for one hour.">
            <div role="status">
                {move || {
                    sent()
                        .then(|| {
                            view! {
                                <p class="alert alert-ok mb-4">"If this address has an account, we have sent a link to it. Check your inbox."</p>
                            }
                        })
                }}
            </div>
            <ActionForm action=request_reset>
                <FormAlert error />
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" autofocus=true error />
                <div class="form-actions">
                    <Submit label="Send the link" pending=request_reset.pending() />
                </div>
            </ActionForm>
            <p class="form-aside"><a class="link" href="/login">"Back to log in"</a></p>
        </AuthPage>
    }
}
