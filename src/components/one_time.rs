//! The id of a form that is carried out once, see `web/router/once.rs`.

use leptos::prelude::*;

use crate::browser;

/// The name of the field.
pub const FORM_ID: &str = "form_id";

/// For forms that work without scripts and whose result is shown once: sent again, they do nothing
/// more.
#[component]
pub fn OneTime() -> impl IntoView {
    // The browser keeps the server's value: it does not set attributes that came with the page.
    view! { <input type="hidden" name=FORM_ID value=browser::form_id() /> }
}
