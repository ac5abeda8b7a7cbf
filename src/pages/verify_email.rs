//! Verifying an e-mail address. This needs a button, because mail scanners open links.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::VerifyEmail;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded};
use crate::components::site::AuthPage;
use crate::components::submit::Submit;

/// `?token=` is part of the mail's link.
#[component]
pub fn VerifyEmailPage() -> impl IntoView {
    let verify = ServerAction::<VerifyEmail>::new();
    let error = error_of(verify);
    let verified = succeeded(verify);
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|q| q.get("token")).unwrap_or_default());
    // A browser without scripts returns here with this in the URL.
    let verified = move || verified.get() || query.with(|q| q.get_str("done").is_some());
    view! {
        <AuthPage title="Verify your e-mail address">
            <div role="status">
                {move || verified().then(|| view! { <p class="alert alert-ok mb-4">"Your address is verified."</p> })}
            </div>
            {move || {
                if verified() {
                    view! { <p class="form-actions"><a class="btn btn-primary" href="/dashboard">"Go to the dashboard"</a></p> }.into_any()
                } else {
                    view! {
                        <ActionForm action=verify>
                            <FormAlert error />
                            <input type="hidden" name="token" value=move || token.get() />
                            <p class="text-muted">"Click the button to confirm that our mail reached you."</p>
                            <div class="form-actions"><Submit label="Verify my address" pending=verify.pending() /></div>
                        </ActionForm>
                    }
                    .into_any()
                }
            }}
        </AuthPage>
    }
}
