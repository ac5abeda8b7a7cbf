//! The page that shows a new key, or a new signing secret, once to a browser without scripts. An
//! independent document: it is the response to a form, and has no scripts.

use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::components::badge::EnvBadge;
use crate::components::secret_dialog::NewSecret;
use crate::components::text_box::escaped;

/// The whole document, with a link to continue.
pub fn shown_secret(options: LeptosOptions, secret: NewSecret, next: String) -> impl IntoView {
    let NewSecret { what, label, why, name, environment, text } = secret;
    let title = format!("Store your {what} now");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title inner_html=escaped(&format!("{title} · Tollgate"))></title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options />
            </head>
            <body>
                <main class="auth">
                    <div class="card stack">
                        <h1>{title}</h1>
                        <p>{format!("This is the only time the {what} is shown. {why}")}</p>
                        <p class="row"><strong class="min-w-0 break-all">{name}</strong> <EnvBadge environment /></p>
                        <output class="secret" aria-label=label>{text}</output>
                        <p class="form-actions"><a class="btn btn-primary" href=next>"I have stored it"</a></p>
                    </div>
                </main>
            </body>
        </html>
    }
}
