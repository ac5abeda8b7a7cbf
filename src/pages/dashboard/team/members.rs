//! Members: their roles, and removing them.

use leptos::prelude::*;

use super::TeamActions;
use crate::actions::team::RemoveMember;
use crate::components::confirm_dialog::ConfirmDialog;
use crate::components::form_state::use_scripted;
use crate::components::format::capital;
use crate::components::time::Time;
use crate::types::account::MemberView;
use crate::types::role::Role;

/// The members' table. Without `can_manage`, it only shows.
#[component]
pub fn Members(members: Vec<MemberView>, can_manage: bool, actions: TeamActions) -> impl IntoView {
    let rows = members.into_iter().map(|member| view! { <Row member can_manage actions /> }).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Members">
            <table class="table">
                <caption class="visually-hidden">"Members"</caption>
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
            </table>
        </div>
    }
}

#[component]
fn Row(member: MemberView, can_manage: bool, actions: TeamActions) -> impl IntoView {
    let scripted = use_scripted();
    let target = member.clone();
    let (role_label, change_label) = (format!("Role of {}", member.name), format!("Change the role of {}", member.name));
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
    let (verb, label) =
        if member.is_you { ("Leave", "Leave the organisation".to_owned()) } else { ("Remove", format!("Remove {}", member.name)) };
    view! {
        <tr>
            <th scope="row">{member.name.clone()} {member.is_you.then(|| view! { <span class="badge ml-2">"you"</span> })}</th>
            <td>{member.email}</td>
            <td>{role}</td>
            <td><Time at=member.joined_at /></td>
            <td class="actions">
                {(can_manage || member.is_you)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn btn-sm text-danger"
                                aria-label=label
                                disabled=move || !scripted.get()
                                on:click=move |_| actions.removing.set(Some(target.clone()))
                            >
                                {verb}
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
}

/// The roles, with what each may do.
pub fn role_options(selected: Role) -> impl IntoView {
    Role::ALL
        .into_iter()
        .map(|role| {
            view! { <option value=role.as_str() selected=role == selected>{format!("{}: {}", capital(role.as_str()), role.about())}</option> }
        })
        .collect_view()
}

/// Says what a removal means before it happens.
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
    // On the button stands what it does.
    let label = Signal::derive(move || if removing.with(|m| m.as_ref().is_some_and(|m| m.is_you)) { "Leave" } else { "Remove" });
    view! {
        <ConfirmDialog id="remove-member" open title label on_confirm>
            <p>"Access to this organisation's dashboard ends at once. Keys stay as they are: whoever has stored one can still use it until it is revoked."</p>
        </ConfirmDialog>
    }
}
