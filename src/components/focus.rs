//! Where the focus goes when the page changes without being loaded.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use leptos_router::hooks::use_location;

/// Moves the focus to the new page's content, or to the field it begins with, as a loaded page would:
/// the link that was pressed may be gone, and a screen reader has to hear that something changed.
#[component]
pub fn FocusOnNavigation() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<()>| {
        path.track();
        if before.is_some() {
            request_animation_frame(|| {
                let first = document().query_selector("#main [autofocus]").ok().flatten();
                let place = first.or_else(|| document().get_element_by_id("main"));
                if let Some(place) = place.and_then(|place| place.dyn_into::<HtmlElement>().ok()) {
                    let _ = place.focus();
                }
            });
        }
    });
}
