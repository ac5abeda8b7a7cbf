//! The response to a form that was sent before, and whose result was shown then.

use leptos::prelude::*;

use super::plain;

/// `what` it did, and what to do if the secret was `lost`, with a `link` to the object.
pub fn sent_before(
    options: LeptosOptions,
    what: String,
    lost: String,
    href: String,
    link: String,
) -> impl IntoView {
    let content = view! {
        <div class="card stack">
            <p>{what} " Nothing was done again."</p>
            <p>"Its secret is shown only once. " {lost}</p>
            <p class="form-actions"><a class="btn btn-primary" href=href>{link}</a></p>
        </div>
    };
    plain::document(options, "/", "This form was already sent".into(), content.into_any())
}
