//! The field for looking up an id.

use leptos::prelude::*;

use super::environment::use_env;

/// The target of the form: a page that redirects to the page of the id.
pub const FIND: &str = "/dashboard/find";

/// A GET form with one field, so that it works without scripts. `id` distinguishes several fields
/// on one page.
#[component]
pub fn Lookup(
    id: &'static str,
    label: &'static str,
    #[prop(default = "req_…")] placeholder: &'static str,
    /// The previous input.
    #[prop(optional, into)]
    value: String,
    /// Shows the field alone, in a bar.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let env = use_env();
    let field = view! {
        <input
            class=if compact { "input" } else { "input mono sm:w-80" }
            id=id
            name="id"
            type="search"
            maxlength="200"
            placeholder=placeholder
            value=value
            aria-label=compact.then_some(label)
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
        />
    };
    let hidden = view! { <input type="hidden" name="env" value=move || env.get().as_str() /> };
    if compact {
        return view! { <form class="site-search" method="get" action=FIND role="search" aria-label=label>{hidden} {field}</form> }
            .into_any();
    }
    view! {
        <form class="filters" method="get" action=FIND role="search" aria-label=label>
            {hidden}
            <div class="field"><label class="label" for=id>{label}</label> {field}</div>
            <button type="submit" class="btn">"Look up"</button>
        </form>
    }
    .into_any()
}
