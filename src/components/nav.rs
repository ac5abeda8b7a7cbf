//! The dashboard's navigation.

use leptos::html;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::environment::{env_href, use_env};
use super::site::Brand;

/// Path, label, and whether only the very path counts as being there.
const PLACES: [(&str, &str, bool); 7] = [
    ("/dashboard", "Overview", true),
    ("/dashboard/keys", "Keys", false),
    ("/dashboard/try", "Sandbox", false),
    ("/dashboard/logs", "Logs", false),
    ("/dashboard/team", "Team", false),
    ("/dashboard/audit", "Audit", false),
    ("/dashboard/settings", "Settings", false),
];

/// A column; on narrow screens a popover, opened by the button in the top bar without script.
#[component]
pub fn SideNav() -> impl IntoView {
    let env = use_env();
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
        <nav class="shell-nav" id="nav" popover="auto" aria-label="Dashboard" node_ref=nav>
            <Brand href="/dashboard" />
            {PLACES
                .into_iter()
                .map(|(path, label, exact)| {
                    view! { <A href=move || env_href(path, env.get()) exact=exact attr:class="nav-link">{label}</A> }
                })
                .collect_view()}
            <a class="nav-link" href="/docs">"Docs"</a>
        </nav>
    }
}
