//! The page that shows a new secret once. It is the response to a form, and has no scripts.

use leptos::prelude::*;

use super::plain;
use crate::components::badge::EnvBadge;
use crate::components::secret_dialog::NewSecret;

/// With a link to `next`.
pub fn secret_page(options: LeptosOptions, secret: NewSecret, next: String) -> impl IntoView {
    let NewSecret { what, label, why, name, environment, text } = secret;
    let title = format!("Store your {what} now");
    let heading = title.clone();
    let badge = environment.map(|environment| view! { <EnvBadge environment /> });
    let body = view! {
        <main class="auth">
            <div class="card stack">
                <h1>{heading}</h1>
                <p>{format!("This is the only time the {what} is shown. {why}")}</p>
                <p class="row"><strong class="min-w-0 break-all">{name}</strong> {badge}</p>
                <output class="secret" aria-label=label>{text}</output>
                <p class="form-actions"><a class="btn btn-primary" href=next>"I have stored it"</a></p>
            </div>
        </main>
    };
    plain::framed(options, title, body.into_any())
}
