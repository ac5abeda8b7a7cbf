//! Tables: a scrolling frame, and rows with links.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::browser;

/// A table in a frame that scrolls sideways, so that the page never does. The children are the
/// table's parts.
#[component]
pub fn Table(
    /// Names the frame, which can be focused and scrolled with the keyboard.
    label: &'static str,
    /// Names the table for screen readers; by default the label.
    #[prop(optional)]
    caption: &'static str,
    /// Further classes of the frame.
    #[prop(optional)]
    class: &'static str,
    /// On a phone, each row becomes a block, so that nothing is outside of the frame. A cell that
    /// is unclear without its heading repeats it as `data-label`.
    #[prop(optional)]
    stacks: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("table-wrap {class}") tabindex="0" role="group" aria-label=label>
            <table class=if stacks { "table stacks" } else { "table" }>
                <caption class="visually-hidden">{if caption.is_empty() { label } else { caption }}</caption>
                {children()}
            </table>
        </div>
    }
}

/// A row that links to a page. One of its cells has a [`RowLink`], whose area is the whole row;
/// other controls in the row are above that area. Selectable text, and times, which have a title,
/// are above it as well: there the script follows the link.
#[component]
pub fn LinkedRow(#[prop(into)] href: String, children: Children) -> impl IntoView {
    let navigate = use_navigate();
    let follow = move |event: MouseEvent| {
        if browser::is_plain_click_on_text(&event) {
            navigate(&href, Default::default());
        }
    };
    view! { <tr class="is-link" on:click=follow>{children()}</tr> }
}

/// The link of a [`LinkedRow`].
#[component]
pub fn RowLink(
    #[prop(into)] href: String,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    view! { <a class=format!("link row-link {class}") href=href title=title>{children()}</a> }
}
