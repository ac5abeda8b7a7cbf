//! Members: their roles, and removing them.

use leptos::prelude::*;

use super::TeamActions;
use crate::actions::team::RemoveMember;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::form_state::use_scripted;
use crate::components::format::capital;
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::account::MemberView;
use crate::types::role::Role;

/// What a removal breaks, and what it does not.
const REMOVAL: &str = "Access to this organisation's dashboard ends immediately, and invitations they sent that are still open are revoked. Keys are not revoked: anyone who has stored a key can use it until you revoke it.";

/// The members' table. Without `can_manage`, it has no actions.
#[component]
pub fn Members(members: Vec<MemberView>, can_manage: bool, actions: TeamActions) -> impl IntoView {
    let rows = members
        .into_iter()
        .map(|member| view! { <Row member can_manage actions /> })
        .collect_view();
    view! {
        <Table stacks=true label="Members">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"E-mail"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Joined"</th>
                    <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

#[component]
fn Row(member: MemberView, can_manage: bool, actions: TeamActions) -> impl IntoView {
    let scripted = use_scripted();
    let target = member.clone();
    let (role_label, change_label) =
        (format!("Role of {}", member.name), format!("Change the role of {}", member.name));
    let role = if can_manage {
        let options = Role::ALL
            .into_iter()
            .map(|role| view! { <option value=role.as_str() selected=role == member.role title=role.about()>{capital(role.as_str())}</option> })
            .collect_view();
        view! {
            <ActionForm action=actions.change_role>
                <div class="flex gap-2">
                    <input type="hidden" name="user_id" value=member.user_id.to_string() />
                    <select class="select min-h-7 w-32 py-0" name="role" aria-label=role_label>{options}</select>
                    <button type="submit" class="btn btn-sm" aria-label=change_label>"Change"</button>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        view! { <span title=member.role.about()>{capital(member.role.as_str())}</span> }.into_any()
    };
    let (verb, label) = if member.is_you {
        ("Leave", "Leave the organisation".to_owned())
    } else {
        ("Remove", format!("Remove {}", member.name))
    };
    view! {
        <tr>
            <th scope="row">{member.name.clone()} {member.is_you.then(|| view! { <span class="badge ml-2">"you"</span> })}</th>
            <td>{member.email}</td>
            <td>{role}</td>
            <td data-label="Joined"><Time at=member.joined_at /></td>
            <td class="actions">
                {(can_manage || member.is_you)
                    .then(|| {
                        view! {
                            {move || {
                                let (target, label) = (target.clone(), label.clone());
                                if scripted.get() {
                                    view! {
                                        <button
                                            type="button"
                                            class="btn btn-sm text-danger"
                                            aria-label=label
                                            on:click=move |_| actions.removing.set(Some(target.clone()))
                                        >
                                            {verb}
                                        </button>
                                    }
                                    .into_any()
                                } else {
                                    view! {
                                        <ConfirmMenu label=verb about=label class="btn btn-sm text-danger">
                                            <p>{REMOVAL}</p>
                                            <ActionForm action=actions.remove>
                                                <input type="hidden" name="user_id" value=target.user_id.to_string() />
                                                <button type="submit" class="btn btn-sm btn-danger">{verb}</button>
                                            </ActionForm>
                                        </ConfirmMenu>
                                    }
                                    .into_any()
                                }
                            }}
                        }
                    })}
            </td>
        </tr>
    }
}

/// The roles, with their permissions.
pub fn role_options(selected: Role) -> impl IntoView {
    Role::ALL
        .into_iter()
        .map(|role| {
            view! { <option value=role.as_str() selected=role == selected>{format!("{}: {}", capital(role.as_str()), role.about())}</option> }
        })
        .collect_view()
}

/// States the effect of a removal before it happens.
#[component]
pub fn RemoveDialog(actions: TeamActions) -> impl IntoView {
    let TeamActions { removing, remove, .. } = actions;
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if removing.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            removing.set(None);
        }
    });
    let title = Signal::derive(move || {
        removing.with(|member| match member {
            Some(member) if member.is_you => "Leave the organisation?".to_owned(),
            Some(member) => format!("Remove {}?", member.name),
            None => String::new(),
        })
    });
    let on_confirm = Callback::new(move |()| {
        if let Some(member) = removing.get_untracked() {
            remove.dispatch(RemoveMember { user_id: member.user_id });
        }
    });
    // The button names its action.
    let label = Signal::derive(move || {
        if removing.with(|m| m.as_ref().is_some_and(|m| m.is_you)) { "Leave" } else { "Remove" }
    });
    view! {
        <ConfirmDialog id="remove-member" open title label on_confirm>
            <p>{REMOVAL}</p>
        </ConfirmDialog>
    }
}
