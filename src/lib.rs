//! Tollgate: a self-hosted API portal that charges for your API.
//!
//! The way of a call, and where each part of it lives:
//! `pages → actions → server::<feature> → store → db` for people, and
//! `server::gateway → server::<feature>` for programs. ARCHITECTURE.md has the picture.

#![recursion_limit = "512"]

pub mod actions;
pub mod app;
pub mod components;
pub mod pages;
pub mod types;

#[cfg(feature = "ssr")]
pub mod server;

#[cfg(all(test, feature = "ssr"))]
extern crate self as tollgate;
/// The integration tests' databases, for tests that need to see inside.
#[cfg(all(test, feature = "ssr"))]
#[path = "../tests/it/support/database.rs"]
mod test_support;

// What only a browser can do; elsewhere a twin of the same names that does nothing, so that pages
// compile for both targets without marks of their own.
#[cfg(feature = "hydrate")]
pub mod browser;
#[cfg(not(feature = "hydrate"))]
#[path = "browser_stub.rs"]
pub mod browser;

/// Called by the page's script once the WASM has loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    browser::mark_as_hydrated();
}
