//! Keys as a table.

use leptos::prelude::*;

use crate::actions::keys::{DisableKey, EnableKey};
use crate::components::badge::KeyStateBadge;
use crate::components::confirm_menu::{ConfirmMenu, last_use};
use crate::components::environment::env_href;
use crate::components::form_state::use_scripted;
use crate::components::format::plural;
use crate::components::table::{LinkedRow, RowLink, Table};
use crate::components::time::{MaybeTime, Time};
use crate::types::environment::Environment;
use crate::types::id::KeyId;
use crate::types::key::{KeyState, KeyView};

/// The page of a key.
pub fn key_href(id: &KeyId, environment: Environment) -> String {
    env_href(&format!("/dashboard/keys/{id}"), environment)
}

/// Without `may_manage`, it has no actions.
#[component]
pub fn KeyTable(
    keys: Vec<KeyView>,
    may_manage: bool,
    disable: ServerAction<DisableKey>,
    enable: ServerAction<EnableKey>,
    /// Set to the key to revoke, after the button was clicked.
    revoking: RwSignal<Option<KeyView>>,
) -> impl IntoView {
    let rows = keys
        .into_iter()
        .map(|key| view! { <Row key_view=key may_manage disable enable revoking /> })
        .collect_view();
    view! {
        <Table stacks=true label="Keys" caption="Keys, newest first">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Scopes"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"Created"</th>
                    <th scope="col">"Expires"</th>
                    <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

#[component]
fn Row(
    key_view: KeyView,
    may_manage: bool,
    disable: ServerAction<DisableKey>,
    enable: ServerAction<EnableKey>,
    revoking: RwSignal<Option<KeyView>>,
) -> impl IntoView {
    let key = key_view;
    let scripted = use_scripted();
    let usable = !key.state.is_over();
    let id = key.id.to_string();
    let [disable_label, enable_label, revoke_label] =
        ["Disable", "Enable", "Revoke"].map(|verb| format!("{verb} {}", key.name));
    let breaks = last_use(&key);
    let toggle = match key.state {
        KeyState::Active | KeyState::Rotating => view! {
            <ConfirmMenu label="Disable" about=disable_label class="btn btn-sm">
                <p>"Until you enable it again, every call with this key is refused with 401."</p>
                <p>{breaks}</p>
                <ActionForm action=disable>
                    <input type="hidden" name="id" value=id />
                    <button type="submit" class="btn btn-sm btn-danger">"Disable key"</button>
                </ActionForm>
            </ConfirmMenu>
        }
        .into_any(),
        KeyState::Disabled => view! {
            <ActionForm action=enable>
                <input type="hidden" name="id" value=id />
                <button type="submit" class="btn btn-sm" aria-label=enable_label>"Enable"</button>
            </ActionForm>
        }
        .into_any(),
        KeyState::Expired | KeyState::Revoked => ().into_any(),
    };
    let target = key.clone();
    let revoke = (may_manage && usable).then(|| {
        view! {
            <button
                type="button"
                class="btn btn-sm text-danger"
                aria-label=revoke_label
                disabled=move || !scripted.get()
                on:click=move |_| revoking.set(Some(target.clone()))
            >
                "Revoke"
            </button>
        }
    });
    let scopes = key
        .scopes
        .iter()
        .map(|scope| view! { <li><code>{scope.to_string()}</code></li> })
        .collect_view();
    let used = key.last_used_ip.map(|ip| {
        view! { <span class="block text-muted text-xs" title=key.last_used_agent.unwrap_or_default()>"from " {ip}</span> }
    });
    view! {
        <LinkedRow href=key_href(&key.id, key.environment)>
            <th scope="row">
                <RowLink class="block max-w-64 truncate" href=key_href(&key.id, key.environment) title=key.name.clone()>{key.name.clone()}</RowLink>
                <code class="font-normal text-muted">{key.prefix} "_…"</code>
            </th>
            <td><KeyStateBadge state=key.state /></td>
            <td>
                <details>
                    <summary>{plural(key.scopes.len() as u64, "scope", "scopes")}</summary>
                    <ul class="mt-1">{scopes}</ul>
                </details>
            </td>
            <td data-label="Last used"><MaybeTime at=key.last_used_at or="never" /> {used}</td>
            <td data-label="Created"><Time at=key.created_at /></td>
            <td data-label="Expires"><MaybeTime at=key.expires_at or="never" /></td>
            <td class="actions"><div class="flex justify-end gap-2">{may_manage.then_some(toggle)} {revoke}</div></td>
        </LinkedRow>
    }
}
