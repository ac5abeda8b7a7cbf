//! Focus, and a field's content, when the page changes without being loaded.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlInputElement};
use leptos_router::hooks::use_location;

use crate::actions::error::UiError;
use crate::browser::IS_BROWSER;

/// Moves the focus to the new page's content, or to its first field, as a page load would: the
/// clicked link may be gone, and a screen reader must announce the change.
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

/// Whether no control has the focus: the one that had it was removed or is in a closed dialog, or
/// nothing has been focused yet. A browser takes the focus out of a closed dialog only when it
/// draws the page.
fn is_lost() -> bool {
    document().active_element().is_none_or(|element| {
        let is_closed = matches!(element.closest("dialog:not([open])"), Ok(Some(_)));
        is_closed || element.tag_name() == "BODY" || element.id() == "main"
    })
}

/// To be called before a part of the page is replaced: if the focused control disappears with it,
/// the focus moves to the page's content instead of to nothing.
pub fn keep_focus() {
    if IS_BROWSER && !is_lost() {
        request_animation_frame(|| {
            let main = document().get_element_by_id("main").filter(|_| is_lost());
            if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
                let _ = main.focus();
            }
        });
    }
}

/// Empties the field with this id, for the next entry.
pub fn clear(id: &str) {
    let field = document().get_element_by_id(id);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.set_value("");
    }
}

/// Focuses the referenced message each time a form succeeds, unless a control has the focus: the
/// form's button may be gone.
pub fn focus_on_success(is_done: Signal<bool>) -> NodeRef<html::Span> {
    let place = NodeRef::<html::Span>::new();
    Effect::new(move |_| {
        if is_done.get() {
            request_animation_frame(move || {
                // The part of the page may have been replaced meanwhile.
                if let Some(place) = place.try_get_untracked().flatten().filter(|_| is_lost()) {
                    let _ = place.focus();
                }
            });
        }
    });
    place
}

/// Focuses the referenced element each time a form fails, which also scrolls it into view: the
/// form's button may be far away.
pub fn focus_on_failure(error: Signal<Option<UiError>>) -> NodeRef<html::Div> {
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |before: Option<()>| {
        // Not the first time: the browser has focused an error that came with the page.
        if error.with(Option::is_some) && before.is_some() {
            request_animation_frame(move || {
                if let Some(place) = place.get_untracked() {
                    let _ = place.focus();
                }
            });
        }
    });
    place
}
