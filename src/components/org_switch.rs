//! The menu for switching the organisation.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::icon::{Drawing, Icon};
use super::menu::Menu;
use crate::actions::orgs::SwitchOrg;
use crate::types::account::Me;

/// Plain forms, on purpose: switching loads the whole page again, so that nothing of the previous
/// organisation, especially a held key, stays in the page's memory.
#[component]
pub fn OrgSwitch(me: Me) -> impl IntoView {
    let current = me.org.clone();
    let name =
        current.as_ref().map_or_else(|| "No organisation".to_owned(), |org| org.name.clone());
    let mut others = me.orgs;
    others.retain(|org| current.as_ref().is_none_or(|c| c.id != org.id));
    let summary = view! { <span class="min-w-0 max-w-48 truncate">{name.clone()}</span><Drawing icon=Icon::Unfold /> }.into_any();
    view! {
        <Menu label=format!("Organisation: {name}") summary edge="left-0">
            {current
                .map(|org| {
                    view! {
                        <div class="px-2 py-1">
                            <p class="truncate font-semibold">{org.name}</p>
                            <p class="text-muted text-xs">"Your role: " {org.role.as_str()}</p>
                        </div>
                        <hr />
                    }
                })}
            {others
                .into_iter()
                .map(|org| {
                    view! {
                        <form method="post" action=SwitchOrg::url()>
                            <input type="hidden" name="org_id" value=org.id.to_string() />
                            <button type="submit" class="nav-link w-full">{org.name}</button>
                        </form>
                    }
                })
                .collect_view()}
            <a class="nav-link" href="/dashboard/orgs/new">"New organisation"</a>
        </Menu>
    }
}
