//! What only a browser can do: fetch, event streams, the clipboard, local storage. Called from
//! event handlers and effects, which never run on the server.

use leptos::prelude::{document, request_animation_frame};

pub mod clipboard;
pub mod http;
pub mod live;
pub mod storage;

/// From here on, forms and links are handled by the script. Tests wait for this where it matters who does.
pub fn mark_as_hydrated() {
    // What waits for data that came with the page is taken over in tasks, before the next frame is drawn.
    request_animation_frame(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}

/// Scheme, host and port of this page.
pub fn origin() -> String {
    leptos::prelude::window().location().origin().unwrap_or_default()
}
