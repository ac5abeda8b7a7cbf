//! What only a browser can do: fetch, event streams, the clipboard, local storage. Called from
//! event handlers and effects, which never run on the server.

pub mod clipboard;
pub mod http;
pub mod live;
pub mod storage;

/// Scheme, host and port of this page.
pub fn origin() -> String {
    leptos::prelude::window().location().origin().unwrap_or_default()
}
