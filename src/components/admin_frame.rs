//! The frame of the pages for those who run the portal.

use leptos::html;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::icon::{Drawing, Icon};
use super::session::use_session;
use super::site::Brand;
use super::user_menu::UserMenu;

/// The pages beside each other; on narrow screens a popover, as the dashboard's.
#[component]
pub fn AdminNav() -> impl IntoView {
    let location = use_location();
    let nav = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        location.pathname.track();
        if let Some(nav) = nav.get_untracked() {
            // Fails where it is no open popover, which is just as well.
            let _ = nav.hide_popover();
        }
    });
    view! {
        <nav class="shell-nav" id="nav" popover="auto" aria-label="Admin" node_ref=nav>
            <Brand href="/admin" />
            <A href="/admin/products" attr:class="nav-link"><Drawing icon=Icon::Docs /> "Products"</A>
            <A href="/admin/billing" attr:class="nav-link"><Drawing icon=Icon::Billing /> "Revenue"</A>
            <A href="/admin/tokens" attr:class="nav-link"><Drawing icon=Icon::Keys /> "Admin tokens"</A>
            <p class="nav-group">"Elsewhere"</p>
            <a class="nav-link" href="/dashboard"><Drawing icon=Icon::Overview /> "Dashboard"</a>
            <a class="nav-link" href="/admin/api/v1/openapi.json" rel="external"><Drawing icon=Icon::TryIt /> "Admin API"</a>
        </nav>
    }
}

/// The bar above every admin page.
#[component]
pub fn AdminBar() -> impl IntoView {
    let session = use_session();
    let user = move || Suspend::new(async move { session.me().await.ok().map(|me| view! { <UserMenu me /> }) });
    view! {
        <header class="topbar">
            <button type="button" class="btn btn-icon nav-toggle" popovertarget="nav" aria-label="Navigation">
                <Drawing icon=Icon::Menu />
            </button>
            <span class="badge badge-accent">"Admin"</span>
            <span class="grow"></span>
            <Transition fallback=|| view! { <span class="skeleton h-6 w-20"></span> }>{user}</Transition>
        </header>
    }
}
