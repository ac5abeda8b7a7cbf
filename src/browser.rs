//! Browser APIs: fetch, event streams, the clipboard, local storage. Called from event handlers and
//! effects, which never run on the server.

use leptos::ev::MouseEvent;
use leptos::prelude::{document, request_animation_frame};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use crate::types::time::Timestamp;

/// Whether this code runs in a browser.
pub const IS_BROWSER: bool = true;

pub mod clipboard;
pub mod http;
pub mod live;
pub mod storage;

/// From here on, the script handles forms and links. Tests wait for this if it matters.
pub fn mark_as_hydrated() {
    // Data that came with the page is taken over in tasks, before the next frame is rendered.
    request_animation_frame(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}

/// The current time, by this machine's clock.
pub fn now() -> Timestamp {
    Timestamp(
        leptos::prelude::window()
            .performance()
            .map_or(0.0, |clock| clock.time_origin() + clock.now()) as i64,
    )
}

/// An id for a form, which differs from those of the same person's other forms: the current time in
/// microseconds.
pub fn form_id() -> String {
    let clock = leptos::prelude::window().performance();
    clock.map_or_else(String::new, |clock| {
        format!("{:.0}", (clock.time_origin() + clock.now()) * 1_000.0)
    })
}

/// Scheme, host and port of this page.
pub fn origin() -> String {
    leptos::prelude::window().location().origin().unwrap_or_default()
}

/// Path and query of the current page.
pub fn here() -> String {
    let location = leptos::prelude::window().location();
    format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
}

/// Whether a click on a row counts for the row: with the main button only, on no other control, and
/// not at the end of a text selection.
pub fn is_plain_click_on_text(event: &MouseEvent) -> bool {
    let is_plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    let on_control =
        event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_none_or(|element| {
            element
                .closest("a, button, details, input, select, label, dialog, .actions")
                .ok()
                .flatten()
                .is_some()
        });
    let has_selection = leptos::prelude::window()
        .get_selection()
        .ok()
        .flatten()
        .is_some_and(|selection| !selection.is_collapsed());
    is_plain && !event.default_prevented() && !on_control && !has_selection
}
