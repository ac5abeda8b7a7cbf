//! The admin pages, for operators only: see the guard in `src/web/router/admin_door.rs`.

pub mod audit;
pub mod billing;
pub mod diff;
pub mod form_pages;
pub mod plans;
pub mod product;
pub mod products;
pub mod tokens;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::admin_frame::{AdminBar, AdminNav};
use crate::components::session::Session;

/// Loads the session once for all pages inside.
#[component]
pub fn Admin() -> impl IntoView {
    Session::provide();
    view! {
        <div class="shell">
            <AdminNav />
            <div class="shell-body">
                <AdminBar />
                <main id="main" tabindex="-1" class="page">
                    <Outlet />
                </main>
            </div>
        </div>
    }
}
