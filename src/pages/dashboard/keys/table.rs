//! Keys as a table.

use leptos::prelude::*;

use crate::actions::keys::{DisableKey, EnableKey};
use crate::components::badge::KeyStateBadge;
use crate::components::form_state::use_scripted;
use crate::components::format::plural;
use crate::components::time::{MaybeTime, Time};
use crate::types::key::{KeyState, KeyView};

/// Without `may_manage`, it only shows.
#[component]
pub fn KeyTable(
    keys: Vec<KeyView>,
    may_manage: bool,
    disable: ServerAction<DisableKey>,
    enable: ServerAction<EnableKey>,
    /// Set to the key that is to be revoked, once that was asked for.
    revoking: RwSignal<Option<KeyView>>,
) -> impl IntoView {
    let rows = keys.into_iter().map(|key| view! { <Row key_view=key may_manage disable enable revoking /> }).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Keys">
            <table class="table">
                <caption class="visually-hidden">"Keys, newest first"</caption>
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
            </table>
        </div>
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
    let [disable_label, enable_label, revoke_label] = ["Disable", "Enable", "Revoke"].map(|verb| format!("{verb} {}", key.name));
    let toggle = match key.state {
        KeyState::Active | KeyState::Rotating => view! {
            <ActionForm action=disable>
                <input type="hidden" name="id" value=id />
                <button type="submit" class="btn btn-sm" aria-label=disable_label>"Disable"</button>
            </ActionForm>
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
    let scopes = key.scopes.iter().map(|scope| view! { <li><code>{scope.to_string()}</code></li> }).collect_view();
    let used = key.last_used_ip.map(|ip| {
        view! { <span class="block text-muted text-xs" title=key.last_used_agent.unwrap_or_default()>"from " {ip}</span> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="block max-w-64 truncate" title=key.name.clone()>{key.name.clone()}</span>
                <code class="font-normal text-muted">{key.prefix} "_…"</code>
            </th>
            <td><KeyStateBadge state=key.state /></td>
            <td>
                <details>
                    <summary>{plural(key.scopes.len() as u64, "scope", "scopes")}</summary>
                    <ul class="mt-1">{scopes}</ul>
                </details>
            </td>
            <td><MaybeTime at=key.last_used_at or="never" /> {used}</td>
            <td><Time at=key.created_at /></td>
            <td><MaybeTime at=key.expires_at or="never" /></td>
            <td class="actions"><div class="flex justify-end gap-2">{may_manage.then_some(toggle)} {revoke}</div></td>
        </tr>
    }
}
