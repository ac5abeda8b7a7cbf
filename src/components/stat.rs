//! A number with its label and a note; used in a `dl` of the class `stats`.

use leptos::prelude::*;

#[component]
pub fn Stat(
    label: &'static str,
    value: impl IntoView + 'static,
    note: impl IntoView + 'static,
) -> impl IntoView {
    view! {
        <div class="stat">
            <dt class="stat-label">{label}</dt>
            <dd class="stat-value">{value}</dd>
            <dd class="stat-note">{note}</dd>
        </div>
    }
}
