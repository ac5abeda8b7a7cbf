//! Which organisation one acts for.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::menu::Menu;
use crate::actions::orgs::SwitchOrg;
use crate::types::account::Me;

/// Plain forms, on purpose: switching loads the whole page anew, so that nothing of the former
/// organisation, a held key above all, stays in the page's memory.
#[component]
pub fn OrgSwitch(me: Me) -> impl IntoView {
    let current = me.org.clone();
    let name = current.as_ref().map_or_else(|| "No organisation".to_owned(), |org| org.name.clone());
    let mut others = me.orgs;
    others.retain(|org| current.as_ref().is_none_or(|c| c.id != org.id));
    let summary = view! { <span class="max-w-40 truncate">{name.clone()}</span><span aria-hidden="true">"▾"</span> }.into_any();
    view! {
        <Menu label=format!("Organisation: {name}") summary edge="left-0">
            {current.map(|org| view! { <p class="px-2 py-1 text-muted text-sm">"You are " {org.role.as_str()} " of " {org.name}</p> })}
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
