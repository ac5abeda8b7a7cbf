//! Where the focus goes when the page changes without being loaded.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use leptos_router::hooks::use_location;

/// Moves the focus to the new page's content, as a loaded page would: the link that was pressed may
/// be gone, and a screen reader has to hear that something changed.
#[component]
pub fn FocusOnNavigation() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<()>| {
        path.track();
        if before.is_some() {
            request_animation_frame(|| {
                let main = document().get_element_by_id("main").and_then(|main| main.dyn_into::<HtmlElement>().ok());
                if let Some(main) = main {
                    let _ = main.focus();
                }
            });
        }
    });
}
