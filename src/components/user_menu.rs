//! The signed-in person's own menu.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::menu::Menu;
use super::theme_switch::ThemeSwitch;
use crate::actions::auth::LogOut;
use crate::types::account::Me;

/// Address, theme, settings, logging out.
#[component]
pub fn UserMenu(me: Me) -> impl IntoView {
    let initial = me.name.chars().next().unwrap_or('?').to_uppercase().to_string();
    let summary = view! {
        <span class="grid size-6 flex-none place-items-center rounded-full bg-accent-soft text-accent text-xs font-semibold" aria-hidden="true">{initial}</span>
        <span class="hidden max-w-40 truncate sm:inline">{me.name.clone()}</span>
    }
    .into_any();
    view! {
        <Menu label=format!("Your account: {}", me.name) summary>
            <div class="px-2 py-1">
                <p class="truncate font-semibold">{me.name}</p>
                <p class="truncate text-muted text-xs">{me.email}</p>
            </div>
            <div class="px-2 py-1"><ThemeSwitch /></div>
            <hr />
            <a class="nav-link" href="/dashboard/settings">"Settings"</a>
            {me.is_operator.then(|| view! { <a class="nav-link" href="/admin" rel="external">"Admin"</a> })}
            {me.dev_outbox.then(|| view! { <a class="nav-link" href="/dev/outbox">"Outbox"</a> })}
            <hr />
            // A plain form: it unloads the whole page, with its memory.
            <form method="post" action=LogOut::url()>
                <button type="submit" class="nav-link w-full">"Log out"</button>
            </form>
        </Menu>
    }
}
