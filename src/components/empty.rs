//! A list with nothing in it.

use leptos::prelude::*;

/// Says why it is empty; the child is what to do next.
#[component]
pub fn Empty(title: &'static str, #[prop(into)] text: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="card empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
