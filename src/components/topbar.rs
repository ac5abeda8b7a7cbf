//! The bar above every dashboard page.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;

use super::environment::{EnvSwitch, env_href, use_env};
use super::error_alert::ErrorAlert;
use super::format::encode;
use super::icon::{Drawing, Icon};
use super::lookup::{FIND, Lookup};
use super::org_switch::OrgSwitch;
use super::refusal::RefusalBanner;
use super::session::use_session;
use super::user_menu::UserMenu;
use super::verify_banner::VerifyBanner;
use crate::types::code::Code;

const NEW_ORG: &str = "/dashboard/orgs/new";

/// Organisation, environment and account; redirects visitors without a session.
#[component]
pub fn Topbar() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let location = use_location();
    let org = move || {
        Suspend::new(async move { session.me().await.ok().map(|me| view! { <OrgSwitch me /> }) })
    };
    let user = move || {
        Suspend::new(async move { session.me().await.ok().map(|me| view! { <UserMenu me /> }) })
    };
    let notices = move || {
        let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
        Suspend::new(async move {
            match session.me().await {
                Ok(me) if me.org.is_none() && path != NEW_ORG => {
                    view! { <Redirect path=NEW_ORG /> }.into_any()
                }
                Ok(me) => (!me.email_verified).then(|| view! { <VerifyBanner me /> }).into_any(),
                Err(error) if error.code == Code::NotSignedIn => {
                    let here = if search.is_empty() { path } else { format!("{path}?{search}") };
                    view! { <Redirect path=format!("/login?next={}", encode(&here)) /> }.into_any()
                }
                Err(error) => {
                    let retry = Callback::new(move |()| session.refetch());
                    view! { <div class="p-4"><ErrorAlert error retry /></div> }.into_any()
                }
            }
        })
    };
    view! {
        <header class="topbar" data-environment=move || env.get().as_str()>
            <button type="button" class="btn btn-icon nav-toggle" popovertarget="nav" aria-label="Navigation">
                <Drawing icon=Icon::Menu />
            </button>
            <Transition fallback=|| view! { <span class="skeleton h-6 w-28"></span> }>{org}</Transition>
            <EnvSwitch />
            <span class="grow"></span>
            <div class="max-md:hidden"><Lookup id="top-id" label="Look up an id" placeholder="req_…, evt_…, key_…" compact=true /></div>
            <a class="btn btn-ghost btn-icon md:hidden" href=move || env_href(FIND, env.get()) aria-label="Look up an id"><Drawing icon=Icon::Find /></a>
            <Transition fallback=|| view! { <span class="skeleton h-6 w-20"></span> }>{user}</Transition>
        </header>
        <Transition>{notices}</Transition>
        <RefusalBanner />
    }
}
