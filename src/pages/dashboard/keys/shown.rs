//! The page that shows a new key to a browser without script, once. A document of its own: it is the
//! answer to a form, and nothing on it moves.

use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::components::badge::EnvBadge;
use crate::components::environment::env_href;
use crate::types::key::CreatedKey;

/// The whole document.
pub fn shown_key(options: LeptosOptions, created: CreatedKey) -> impl IntoView {
    let CreatedKey { view: key, key: text } = created;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>"Store your key now · Tollgate"</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options />
            </head>
            <body>
                <main class="auth">
                    <div class="card stack">
                        <h1>"Store your key now"</h1>
                        <p>"This is the only time the key is shown. It cannot be shown again: Tollgate keeps only its hash."</p>
                        <p class="row"><strong>{key.name}</strong> <EnvBadge environment=key.environment /></p>
                        <output class="secret" aria-label="API key">{text}</output>
                        <p class="form-actions"><a class="btn btn-primary" href=env_href("/dashboard/keys", key.environment)>"I have stored it"</a></p>
                    </div>
                </main>
            </body>
        </html>
    }
}
