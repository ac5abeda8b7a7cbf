//! The response to a form that was sent, without scripts, after the session had ended.

use leptos::prelude::*;

use super::plain;
use crate::components::form_state::FormValues;
use crate::components::format::{capital, encode};
use crate::components::one_time::FORM_ID;

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
        let (name, value) = (label(&name)?, if value == "true" { "Yes".to_owned() } else { value });
        Some(view! {
            <dt>{name}</dt>
            <dd class="break-all whitespace-pre-wrap">{value}</dd>
        })
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
            <dl class="details">{values.0.clone().into_iter().filter_map(shown).collect_view()}</dl>
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

/// Fields that nobody entered.
const HIDDEN: [&str; 5] = [FORM_ID, "id", "next", "product", "draft[product]"];

/// Labels that differ from their field's name.
const LABELS: [(&str, &str); 9] = [
    ("base_url", "Base URL"),
    ("cap", "Spend cap"),
    ("email", "E-mail"),
    ("expires_in_days", "Expires in days"),
    ("included", "Included units"),
    ("ip_allow_list", "Allowed addresses"),
    ("overlap_hours", "Overlap in hours"),
    ("rate", "Maximum deliveries per second"),
    ("url", "URL"),
];

/// The label of a field: its name as words. `None` for one that nobody entered.
fn label(name: &str) -> Option<String> {
    if HIDDEN.contains(&name) {
        return None;
    }
    // `scopes[]`, `draft[price]`.
    let name = name.strip_suffix("[]").unwrap_or(name);
    let name = name.split_once('[').map_or(name, |(_, inner)| inner.trim_end_matches(']'));
    let known = LABELS.iter().find(|(known, _)| *known == name);
    let words = || capital(&name.replace('_', " ").replace(" url", " URL"));
    Some(known.map_or_else(words, |(_, label)| (*label).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_shown_with_labels() {
        let labels = [
            ("name", Some("Name")),
            ("scopes[]", Some("Scopes")),
            ("draft[monthly_price]", Some("Monthly price")),
            ("ip_allow_list", Some("Allowed addresses")),
            ("source_url", Some("Source URL")),
            ("form_id", None),
            ("id", None),
        ];
        for (name, wanted) in labels {
            assert_eq!(label(name).as_deref(), wanted, "{name}");
        }
    }
}
