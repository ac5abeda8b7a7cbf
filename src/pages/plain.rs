//! The document of pages that answer a form, or refuse a visitor: of their own and without any script, so that a form works
//! the same with scripts and without.

use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::components::site::Brand;

/// `home` is where the portal's name leads.
pub fn document(options: LeptosOptions, home: &'static str, title: String, content: AnyView) -> impl IntoView {
    let heading = title.clone();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{format!("{title} · Tollgate")}</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options />
            </head>
            <body>
                <header class="topbar"><Brand href=home /></header>
                <main class="page page-narrow">
                    <div class="page-head"><h1>{heading}</h1></div>
                    {content}
                </main>
            </body>
        </html>
    }
}
