//! The frame of the admin pages.

use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::icon::{Drawing, Icon};
use super::session::use_session;
use super::site::Brand;
use super::user_menu::UserMenu;
use crate::actions::auth::LogOut;

/// The admin pages.
const PLACES: [(&str, &str, Icon); 4] = [
    ("/admin/products", "Products", Icon::Docs),
    ("/admin/billing", "Revenue", Icon::Billing),
    ("/admin/tokens", "Admin tokens", Icon::Keys),
    ("/admin/audit", "Audit log", Icon::Audit),
];

/// The navigation; on narrow screens a popover, like the dashboard's.
#[component]
pub fn AdminNav() -> impl IntoView {
    let location = use_location();
    let nav = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        location.pathname.track();
        if let Some(nav) = nav.get_untracked() {
            // Fails if it is not an open popover, which needs no handling.
            let _ = nav.hide_popover();
        }
    });
    let places = PLACES.map(|(path, label, icon)| view! { <A href=path attr:class="nav-link"><Drawing icon /> {label}</A> });
    view! {
        <nav class="shell-nav" id="nav" popover="auto" aria-label="Admin" node_ref=nav>
            <Brand href="/admin" />
            {places.collect_view()}
            <Elsewhere />
        </nav>
    }
}

#[component]
fn Elsewhere() -> impl IntoView {
    view! {
        <p class="nav-group">"Elsewhere"</p>
        <a class="nav-link" href="/dashboard"><Drawing icon=Icon::Overview /> "Dashboard"</a>
        <a class="nav-link" href="/admin/api/v1/openapi.json" rel="external"><Drawing icon=Icon::TryIt /> "Admin API"</a>
    }
}

/// The frame of a page that answers a form: the same navigation and bar, without the router and the
/// session, which such a page does not have. `place` is the form's page in the navigation.
#[component]
pub fn PlainAdminFrame(place: &'static str, children: Children) -> impl IntoView {
    let places = PLACES.map(|(path, label, icon)| {
        view! { <a class="nav-link" href=path aria-current=(path == place).then_some("page")><Drawing icon /> {label}</a> }
    });
    view! {
        <div class="shell">
            <nav class="shell-nav" id="nav" popover="auto" aria-label="Admin">
                <Brand href="/admin" />
                {places.collect_view()}
                <Elsewhere />
            </nav>
            <div class="shell-body">
                <header class="topbar">
                    <NavButton />
                    <span class="badge badge-accent">"Admin"</span>
                    <span class="grow"></span>
                    <form method="post" action=LogOut::url()><button type="submit" class="btn btn-ghost">"Log out"</button></form>
                </header>
                <main id="main" tabindex="-1" class="page page-narrow">{children()}</main>
            </div>
        </div>
    }
}

/// Opens the navigation on narrow screens.
#[component]
fn NavButton() -> impl IntoView {
    view! {
        <button type="button" class="btn btn-icon nav-toggle" popovertarget="nav" aria-label="Navigation">
            <Drawing icon=Icon::Menu />
        </button>
    }
}

/// The bar above every admin page.
#[component]
pub fn AdminBar() -> impl IntoView {
    let session = use_session();
    let user = move || {
        Suspend::new(async move { session.me().await.ok().map(|me| view! { <UserMenu me /> }) })
    };
    view! {
        <header class="topbar">
            <NavButton />
            <span class="badge badge-accent">"Admin"</span>
            <span class="grow"></span>
            <Transition fallback=|| view! { <span class="skeleton h-6 w-20"></span> }>{user}</Transition>
        </header>
    }
}
