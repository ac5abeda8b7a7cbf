//! Documents of pages that answer a form, or refuse a visitor: independent of the app and without
//! scripts, so that a form works the same with and without scripts.

use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::components::site::Brand;
use crate::components::text_box::escaped;

/// With the portal's name above it, which links to `home`.
pub fn document(
    options: LeptosOptions,
    home: &'static str,
    title: String,
    content: AnyView,
) -> impl IntoView {
    let heading = title.clone();
    let body = view! {
        <header class="topbar"><Brand href=home /></header>
        <main class="page page-narrow">
            <div class="page-head"><h1>{heading}</h1></div>
            {content}
        </main>
    };
    framed(options, title, body.into_any())
}

/// With its own frame.
pub fn framed(options: LeptosOptions, title: String, body: AnyView) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                // Not as a child: the framework adds its markers, which would be visible in a
                // title.
                <title inner_html=escaped(&format!("{title} · Tollgate"))></title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options />
            </head>
            <body>{body}</body>
        </html>
    }
}
