//! The status a page is answered with, where it is not 200.

use std::sync::Arc;

use leptos::prelude::*;

/// How a page sets its status. The server provides it as context when it renders; in a browser the
/// page has been answered long since.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Has this page answered with 404: there is nothing at its address.
pub fn not_found() {
    if let Some(PageStatus(set)) = use_context() {
        set(404);
    }
}
