//! Creating an account: with a new organisation or, from an invitation, in an existing one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::SignUp;
use crate::actions::team::preview_invitation;
use crate::components::after::{use_next, with_next};
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::error_of;
use crate::components::format::encode;
use crate::components::loaded::loaded;
use crate::components::site::AuthPage;
use crate::components::submit::Submit;
use crate::types::account::InvitationPreview;

/// With `?invitation=`, the organisation is fixed and needs no name.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let query = use_query_map();
    let next = use_next();
    let hidden_next = next.clone();
    let token = Memo::new(move |_| query.with(|q| q.get("invitation")).unwrap_or_default());
    let invitation = Resource::new(
        move || token.get(),
        |token| async move {
            if token.is_empty() { Ok(None) } else { preview_invitation(token).await.map(Some) }
        },
    );
    // Outside of the loaded part, so that reloading the invitation never empties the form.
    let sign_up = ServerAction::<SignUp>::new();
    view! {
        <AuthPage title="Create your account">
            {loaded(
                move || async move { invitation.await },
                move || invitation.refetch(),
                move |invitation| view! { <Form sign_up invitation token=token.get_untracked() next=hidden_next.clone() /> },
            )}
            <p class="form-aside">
                "Have an account? "
                <a
                    class="link"
                    href=move || match token.get() {
                        token if token.is_empty() => with_next("/login", &next),
                        token => format!("/login?next={}", encode(&format!("/invitations?token={token}"))),
                    }
                >
                    "Log in"
                </a>
            </p>
        </AuthPage>
    }
}

#[component]
fn Form(
    sign_up: ServerAction<SignUp>,
    invitation: Option<InvitationPreview>,
    token: String,
    next: String,
) -> impl IntoView {
    let error = error_of(sign_up);
    let email = invitation.as_ref().map(|i| i.email.clone()).unwrap_or_default();
    let organisation = match invitation {
        Some(invitation) => view! {
            <p class="alert mb-4">
                {invitation.invited_by} " invited you to join " <strong>{invitation.org_name}</strong> " as "
                {invitation.role.as_str()} "."
            </p>
            <input type="hidden" name="org_name" value="" />
        }
        .into_any(),
        None => view! {
            <TextField name="org_name" label="Organisation name" autocomplete="organization" maxlength=80 error hint="Your company or team. You can change it later." />
        }
        .into_any(),
    };
    view! {
        <ActionForm action=sign_up>
            <FormAlert error />
            <input type="hidden" name="invitation" value=token />
            <input type="hidden" name="next" value=next />
            <TextField name="name" label="Your name" autocomplete="name" maxlength=80 autofocus=true error />
            <TextField name="email" label="E-mail" kind="email" autocomplete="email" value=email error />
            <TextField
                name="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                minlength=12
                maxlength=200
                hint="At least 12 characters. A few words you can remember are best."
                error
            />
            {organisation}
            <div class="form-actions">
                <Submit label="Create account" pending=sign_up.pending() />
            </div>
        </ActionForm>
    }
}
