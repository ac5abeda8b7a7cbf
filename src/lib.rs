//! Tollgate: a self-hosted API portal that charges for your API.
//!
//! This package is what people see: pages, the server functions behind them, the web server and the
//! command line. The machine is in `crates/server`. ARCHITECTURE.md has the picture.

#![recursion_limit = "512"]

pub mod actions;
pub mod app;
pub mod components;
pub mod pages;
pub use tollgate_types as types;

#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod web;
#[cfg(feature = "ssr")]
pub use tollgate_server as server;

// Browser APIs; on other targets, stubs with the same names that do nothing, so that pages compile
// for both targets.
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
