//! The page of an invitation, and accepting it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::auth::load_me;
use crate::actions::team::{AcceptInvitation, preview_invitation};
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::format::encode;
use crate::components::loaded::loaded;
use crate::components::site::AuthPage;
use crate::components::submit::Submit;
use crate::types::account::{InvitationPreview, Me};

/// `?token=` is part of the mail's link.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|q| q.get("token")).unwrap_or_default());
    let invitation = Resource::new(
        move || token.get(),
        |token| async move { Ok((preview_invitation(token).await?, load_me().await?)) },
    );
    let accept = ServerAction::<AcceptInvitation>::new();
    view! {
        <AuthPage title="You are invited">
            {loaded(
                move || async move { invitation.await },
                move || invitation.refetch(),
                move |(preview, me)| view! { <Preview accept preview me token=token.get_untracked() /> },
            )}
        </AuthPage>
    }
}

#[component]
fn Preview(
    accept: ServerAction<AcceptInvitation>,
    preview: InvitationPreview,
    me: Option<Me>,
    token: String,
) -> impl IntoView {
    let here = format!("/invitations?token={token}");
    let join = format!("Join {}", preview.org_name);
    let way_on = match me {
        Some(me) if me.email.eq_ignore_ascii_case(&preview.email) => view! {
            <ActionForm action=accept>
                <FormAlert error=error_of(accept) />
                <input type="hidden" name="token" value=token />
                <div class="form-actions"><Submit label=join pending=accept.pending() /></div>
            </ActionForm>
        }
        .into_any(),
        Some(me) => view! {
            <p class="alert alert-warn">
                "You are logged in as " <strong>{me.email}</strong> ". Log out, then open the link again to accept as "
                <strong>{preview.email.clone()}</strong> "."
            </p>
            <p class="form-actions"><a class="btn" href="/dashboard">"Go to the dashboard"</a></p>
        }
        .into_any(),
        None if preview.has_account => view! {
            <p class="form-actions"><a class="btn btn-primary" href=format!("/login?next={}", encode(&here))>"Log in to accept"</a></p>
        }
        .into_any(),
        None => view! {
            <p class="form-actions"><a class="btn btn-primary" href=format!("/signup?invitation={}", encode(&token))>"Create an account to accept"</a></p>
        }
        .into_any(),
    };
    view! {
        <p class="mb-4">
            {preview.invited_by} " invites " <strong>{preview.email}</strong> " to join " <strong>{preview.org_name}</strong>
            " as " {preview.role.as_str()} " (" {preview.role.about()} ")."
        </p>
        {way_on}
    }
}
