//! The response to a form that was sent, without scripts, after the session had ended.

use leptos::prelude::*;

use super::plain;
use crate::components::form_state::FormValues;
use crate::components::format::encode;

/// The field with the page of a form.
pub const PAGE: &str = "__page";

/// The form again, to be sent after logging in; `page` is where it was filled in.
pub fn session_over(
    options: LeptosOptions,
    action: String,
    page: String,
    values: FormValues,
) -> impl IntoView {
    let hidden =
        |(name, value): (String, String)| view! { <input type="hidden" name=name value=value /> };
    let shown = |(name, value): (String, String)| {
        view! {
            <dt>{name}</dt>
            <dd class="break-all whitespace-pre-wrap">{value}</dd>
        }
    };
    let content = view! {
        <div class="alert alert-warn mb-4" role="alert">
            <p>"Your session has ended, so nothing was changed. What you entered is kept on this page."</p>
        </div>
        <div class="card stack">
            <p>
                <a class="link" href=format!("/login?next={}", encode(&page)) target="_blank">"Log in in a new tab"</a>
                ", come back to this tab, and send the form again."
            </p>
            <dl class="details">{values.0.clone().into_iter().map(shown).collect_view()}</dl>
            <form method="post" action=action>
                {values.0.into_iter().map(hidden).collect_view()}
                <input type="hidden" name=PAGE value=page.clone() />
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary">"Send again"</button>
                    <a class="btn" href=page>"Back to the form"</a>
                </div>
            </form>
        </div>
    };
    plain::document(options, "/", "Your session has ended".into(), content.into_any())
}
