//! The dashboard's navigation.

use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::environment::{env_href, use_env};
use super::icon::{Drawing, Icon};
use super::session::use_session;
use super::site::Brand;
use crate::actions::auth::LogOut;
use crate::types::role::Role;

/// One destination.
struct Place {
    path: &'static str,
    label: &'static str,
    icon: Icon,
    /// The roles that can do something there; others do not see the link.
    open_to: fn(Role) -> bool,
}

const CALLS: [Place; 6] = [
    Place { path: "/dashboard", label: "Overview", icon: Icon::Overview, open_to: |_| true },
    Place { path: "/dashboard/keys", label: "Keys", icon: Icon::Keys, open_to: |_| true },
    Place { path: "/dashboard/try", label: "Try it", icon: Icon::TryIt, open_to: |_| true },
    Place {
        path: "/dashboard/logs",
        label: "Logs",
        icon: Icon::Logs,
        open_to: Role::can_read_logs,
    },
    Place {
        path: "/dashboard/events",
        label: "Events",
        icon: Icon::Events,
        open_to: Role::can_read_logs,
    },
    Place {
        path: "/dashboard/webhooks",
        label: "Webhooks",
        icon: Icon::Webhooks,
        open_to: Role::can_read_logs,
    },
];

const ORGANISATION: [Place; 5] = [
    Place { path: "/dashboard/plan", label: "Plan & usage", icon: Icon::Plan, open_to: |_| true },
    Place { path: "/dashboard/billing", label: "Billing", icon: Icon::Billing, open_to: |_| true },
    Place { path: "/dashboard/team", label: "Team", icon: Icon::Team, open_to: |_| true },
    Place {
        path: "/dashboard/audit",
        label: "Audit",
        icon: Icon::Audit,
        open_to: Role::can_manage_team,
    },
    Place {
        path: "/dashboard/settings",
        label: "Settings",
        icon: Icon::Settings,
        open_to: |_| true,
    },
];

/// The frame of a page that answers a form: the same navigation, without the router and the
/// session, which such a page does not have. It lists the pages for everybody who may see calls.
#[component]
pub fn PlainFrame(place: &'static str, children: Children) -> impl IntoView {
    let links = |places: &'static [Place]| {
        let open = places.iter().filter(|place| (place.open_to)(Role::Viewer));
        open.map(|Place { path, label, icon, .. }| {
            view! { <a class="nav-link" href=*path aria-current=(*path == place).then_some("page")><Drawing icon=*icon /> {*label}</a> }
        })
        .collect_view()
    };
    view! {
        <div class="shell">
            <nav class="shell-nav" id="nav" popover="auto" aria-label="Dashboard">
                <Brand href="/dashboard" />
                {links(&CALLS)}
                <p class="nav-group">"Organisation"</p>
                {links(&ORGANISATION)}
            </nav>
            <div class="shell-body">
                <header class="topbar">
                    <button type="button" class="btn btn-icon nav-toggle" popovertarget="nav" aria-label="Navigation">
                        <Drawing icon=Icon::Menu />
                    </button>
                    <span class="grow"></span>
                    <form method="post" action=LogOut::url()><button type="submit" class="btn btn-ghost">"Log out"</button></form>
                </header>
                <main id="main" tabindex="-1" class="page page-narrow">{children()}</main>
            </div>
        </div>
    }
}

/// A column; on narrow screens a popover, opened by the button in the top bar without scripts.
#[component]
pub fn SideNav() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let location = use_location();
    let nav = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        location.pathname.track();
        if let Some(nav) = nav.get_untracked() {
            // Fails if it is not an open popover, which needs no handling.
            let _ = nav.hide_popover();
        }
    });
    let links = move |places: &'static [Place], role: Option<Role>| {
        let open = places.iter().filter(move |place| role.is_none_or(place.open_to));
        open.map(|Place { path, label, icon, .. }| {
            view! {
                <A href=move || env_href(path, env.get()) exact=*path == "/dashboard" attr:class="nav-link">
                    <Drawing icon=*icon />
                    {*label}
                </A>
            }
        })
        .collect_view()
    };
    let all = move |role: Option<Role>| {
        view! {
            {links(&CALLS, role)}
            <p class="nav-group">"Organisation"</p>
            {links(&ORGANISATION, role)}
        }
    };
    let places = move || {
        Suspend::new(async move {
            all(session.me().await.ok().and_then(|me| me.org).map(|org| org.role))
        })
    };
    view! {
        <nav class="shell-nav" id="nav" popover="auto" aria-label="Dashboard" node_ref=nav>
            <Brand href="/dashboard" />
            <Transition fallback=move || all(None)>{places}</Transition>
            <p class="nav-group">"Reference"</p>
            <a class="nav-link" href="/docs"><Drawing icon=Icon::Docs /> "Docs"</a>
        </nav>
    }
}
