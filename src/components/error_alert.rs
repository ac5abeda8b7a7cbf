//! An error while loading a part of a page: what happened, the request id, and what to do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::format::encode;
use super::marked::marked;
use crate::actions::error::UiError;
use crate::types::code::Code;

/// The message, the request id if there is one, and a link to try again or log in.
#[component]
pub fn ErrorAlert(
    error: UiError,
    /// Reloads in place. Without scripts, the link reloads the whole page.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    let way_on = if error.code == Code::NotSignedIn {
        view! { <a class="link" href=move || format!("/login?next={}", encode(&here()))>"Log in"</a> }.into_any()
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
            <p>{marked(&error.message)}</p>
            <p class="row mt-1">
                {way_on}
                {error.request_id.map(|id| view! { <span class="hint">"Request id " <code>{id}</code></span> })}
            </p>
        </div>
    }
}
