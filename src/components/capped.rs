//! The note below a list that is cut off.

use leptos::prelude::*;

/// Empty if fewer than `most` are shown.
#[component]
pub fn Capped(
    shown: usize,
    most: usize,
    /// What is shown, with its order: `newest invoices`.
    what: &'static str,
    /// Where to find the others.
    #[prop(optional)]
    others: &'static str,
) -> impl IntoView {
    (shown >= most).then(|| view! { <p class="text-muted">{format!("Showing the {most} {what}; there may be more. {others}")}</p> })
}
