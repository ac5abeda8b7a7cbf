//! A part of a page that could not be loaded: what happened, under which id, and a way on.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::types::code::Code;
use crate::types::error::UiError;

/// The message, the request id if there is one, and a link to try again or log in.
#[component]
pub fn ErrorAlert(
    error: UiError,
    /// Loads again in place. Without script, the link loads the whole page again.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    let way_on = if error.code == Code::NotSignedIn {
        view! { <a class="link" href="/login">"Log in"</a> }.into_any()
    } else {
        let again = move |ev: leptos::ev::MouseEvent| {
            if let Some(retry) = retry {
                ev.prevent_default();
                retry.run(());
            }
        };
        view! { <a class="link" href=here on:click=again>"Try again"</a> }.into_any()
    };
    view! {
        <div class="alert alert-danger" role="alert">
            <p>{error.message}</p>
            <p class="row mt-1">
                {way_on}
                {error.request_id.map(|id| view! { <span class="hint">"Request id " <code>{id}</code></span> })}
            </p>
        </div>
    }
}
