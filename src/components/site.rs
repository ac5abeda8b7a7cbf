//! The frame of public pages.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::after::with_next;
use super::session::{Session, use_session};
use super::theme_switch::ThemeSwitch;

/// The logo and the name.
#[component]
pub fn Brand(#[prop(default = "/")] href: &'static str) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <img src="/favicon.svg" alt="" width="24" height="24" />
            "Tollgate"
        </a>
    }
}

/// The bar above public pages, with a link to the dashboard, or to log in and sign up.
#[component]
pub fn SiteHeader() -> impl IntoView {
    let session = use_session();
    let location = use_location();
    // Back to the current page afterwards, except from the landing page.
    let here = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        match (path.as_str(), search.is_empty()) {
            ("/", _) => String::new(),
            (_, true) => path,
            _ => format!("{path}?{search}"),
        }
    };
    let account = move || {
        let here = here();
        Suspend::new(async move {
            match session.me().await {
                Ok(_) => view! { <a class="btn btn-primary" href="/dashboard">"Dashboard"</a> }
                    .into_any(),
                _ => view! {
                    <a class="btn btn-ghost" href=with_next("/login", &here)>"Log in"</a>
                    <a class="btn btn-primary" href=with_next("/signup", &here)>"Sign up"</a>
                }
                .into_any(),
            }
        })
    };
    view! {
        <header class="site-header">
            <Brand />
            <form class="site-search" method="get" action="/search" role="search" aria-label="All APIs">
                <input class="input" type="search" name="q" maxlength="200" placeholder="Search operations" aria-label="Search operations" />
            </form>
            <nav aria-label="Main">
                <a class="btn btn-ghost" href="/apis">"APIs"</a>
                <a class="btn btn-ghost" href="/docs">"Docs"</a>
                <Transition fallback=|| view! { <span class="invisible btn">"Dashboard"</span> }>{account}</Transition>
            </nav>
        </header>
    }
}

/// Links that belong on every public page, and the theme.
#[component]
pub fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <span>"Tollgate"</span>
            <a href="/apis">"APIs"</a>
            <a href="/docs">"Docs"</a>
            <a href="/docs/errors">"Errors"</a>
            <a href="/llms.txt" rel="external">"llms.txt"</a>
            <span class="ml-auto"><ThemeSwitch /></span>
        </footer>
    }
}

/// A public page: header, the page's own content in `<main>`, footer.
#[component]
pub fn Site(#[prop(default = "page")] class: &'static str, children: Children) -> impl IntoView {
    Session::provide();
    view! {
        <div class="flex min-h-dvh flex-col">
            <SiteHeader />
            <main id="main" tabindex="-1" class=format!("{class} grow")>{children()}</main>
            <SiteFooter />
        </div>
    }
}

/// A narrow page with one form.
#[component]
pub fn AuthPage(
    title: &'static str,
    #[prop(optional, into)] lead: String,
    children: Children,
) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title />
        <main id="main" tabindex="-1" class="auth">
            <Brand />
            <div class="card">
                <h1>{title}</h1>
                {(!lead.is_empty()).then(|| view! { <p class="lead">{lead}</p> })}
                <div class="mt-5">{children()}</div>
            </div>
        </main>
    }
}
