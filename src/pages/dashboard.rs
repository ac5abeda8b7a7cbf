//! The dashboard's frame: navigation, top bar, and the page inside.

pub mod audit;
pub mod billing;
pub mod events;
pub mod find;
pub mod keys;
pub mod logs;
pub mod orgs_new;
pub mod overview;
pub mod plan;
pub mod settings;
pub mod team;
pub mod try_it;
pub mod webhooks;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::nav::SideNav;
use crate::components::session::Session;
use crate::components::topbar::Topbar;

/// Loads the session once for all pages inside.
#[component]
pub fn Dashboard() -> impl IntoView {
    Session::provide();
    view! {
        <div class="shell">
            <SideNav />
            <div class="shell-body">
                <Topbar />
                <main id="main" tabindex="-1" class="page">
                    <Outlet />
                </main>
            </div>
        </div>
    }
}
