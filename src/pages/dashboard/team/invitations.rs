//! Inviting people, and open invitations.

use leptos::prelude::*;

use super::TeamActions;
use super::members::role_options;
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::fields::{FormAlert, TextField};
use crate::components::focus::clear;
use crate::components::form_state::{error_of, sent_values, succeeded, successes};
use crate::components::format::capital;
use crate::components::submit::{Done, Submit};
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::account::InvitationView;
use crate::types::role::Role;

/// Empty if no invitation is open.
#[component]
pub fn OpenInvitations(
    invitations: Vec<InvitationView>,
    can_manage: bool,
    actions: TeamActions,
) -> impl IntoView {
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
                    <ConfirmMenu label="Revoke" about=label class="btn btn-sm">
                        <p>"The link in the mail stops working. You can invite the person again."</p>
                        <ActionForm action=actions.revoke>
                            <input type="hidden" name="id" value=id />
                            <button type="submit" class="btn btn-sm btn-danger">"Revoke invitation"</button>
                        </ActionForm>
                    </ConfirmMenu>
                }
            });
            view! {
                <tr>
                    <th scope="row">{invitation.email}</th>
                    <td>{capital(invitation.role.as_str())}</td>
                    <td data-label="Invited by">{invitation.invited_by}</td>
                    <td data-label="Invited"><Time at=invitation.created_at /></td>
                    <td data-label="Expires"><Time at=invitation.expires_at /></td>
                    <td class="actions">{take_back}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="section-head"><h2>"Open invitations"</h2></div>
        <Table stacks=true label="Open invitations">
            <thead>
                <tr>
                    <th scope="col">"E-mail"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Invited by"</th>
                    <th scope="col">"Invited"</th>
                    <th scope="col">"Expires"</th>
                    <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

/// The id of the field, which is cleared for the next invitation.
const EMAIL: &str = "email";

/// For members who may manage the team.
#[component]
pub fn InviteForm(actions: TeamActions) -> impl IntoView {
    let error = error_of(actions.invite);
    let role = sent_values(error)
        .and_then(|sent| sent.get("role")?.parse().ok())
        .unwrap_or(Role::Developer);
    let invited = successes(actions.invite);
    Effect::new(move |before: Option<usize>| {
        let count = invited.get();
        if before.is_some_and(|before| before != count) {
            clear(EMAIL);
        }
        count
    });
    view! {
        <div class="section-head"><h2>"Invite somebody"</h2></div>
        <div class="card page-narrow">
            <ActionForm action=actions.invite>
                <FormAlert error />
                <TextField name="email" id=EMAIL label="E-mail" kind="email" hint="We send a link by mail that is valid for seven days." error />
                <div class="field">
                    <label class="label" for="invite-role">"Role"</label>
                    <select class="select" id="invite-role" name="role">{role_options(role)}</select>
                </div>
                <div class="form-actions">
                    <Submit label="Send invitation" pending=actions.invite.pending() />
                    <Done when=succeeded(actions.invite) text="Sent." />
                </div>
            </ActionForm>
        </div>
    }
}
