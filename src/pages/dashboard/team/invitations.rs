//! Inviting people, and invitations that are still open.

use leptos::prelude::*;

use super::TeamActions;
use super::members::role_options;
use crate::components::fields::{FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded};
use crate::components::format::capital;
use crate::components::submit::{Done, Submit};
use crate::components::time::Time;
use crate::types::account::InvitationView;
use crate::types::role::Role;

/// Nothing, if no invitation is open.
#[component]
pub fn OpenInvitations(invitations: Vec<InvitationView>, can_manage: bool, actions: TeamActions) -> impl IntoView {
    if invitations.is_empty() {
        return ().into_any();
    }
    let rows = invitations
        .into_iter()
        .map(|invitation| {
            let label = format!("Revoke the invitation of {}", invitation.email);
            let id = invitation.id.to_string();
            let take_back = can_manage.then(|| {
                view! {
                    <ActionForm action=actions.revoke>
                        <input type="hidden" name="id" value=id />
                        <button type="submit" class="btn btn-sm" aria-label=label>"Revoke"</button>
                    </ActionForm>
                }
            });
            view! {
                <tr>
                    <th scope="row">{invitation.email}</th>
                    <td>{capital(invitation.role.as_str())}</td>
                    <td>{invitation.invited_by}</td>
                    <td><Time at=invitation.created_at /></td>
                    <td><Time at=invitation.expires_at /></td>
                    <td class="actions">{take_back}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="section-head"><h2>"Open invitations"</h2></div>
        <div class="table-wrap" tabindex="0" role="group" aria-label="Open invitations">
            <table class="table">
                <caption class="visually-hidden">"Open invitations"</caption>
                <thead>
                    <tr>
                        <th scope="col">"E-mail"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Invited by"</th>
                        <th scope="col">"Sent"</th>
                        <th scope="col">"Expires"</th>
                        <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// For those who may manage the team.
#[component]
pub fn InviteForm(actions: TeamActions) -> impl IntoView {
    let error = error_of(actions.invite);
    view! {
        <div class="section-head"><h2>"Invite somebody"</h2></div>
        <div class="card page-narrow">
            <ActionForm action=actions.invite>
                <FormAlert error />
                <TextField name="email" label="E-mail" kind="email" hint="We mail a link that is good for seven days." error />
                <div class="field">
                    <label class="label" for="invite-role">"Role"</label>
                    <select class="select" id="invite-role" name="role">{role_options(Role::Developer)}</select>
                </div>
                <div class="form-actions">
                    <Submit label="Send invitation" pending=actions.invite.pending() />
                    <Done when=succeeded(actions.invite) text="Sent." />
                </div>
            </ActionForm>
        </div>
    }
}
