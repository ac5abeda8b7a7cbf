//! The URL of this portal, for samples that can be pasted unchanged.

use leptos::prelude::*;

use crate::browser;

/// The server's own URL. The server provides it as context when it renders.
#[derive(Clone, Debug)]
pub struct BaseUrl(pub String);

#[derive(Clone)]
struct Origin(String);

/// Determines the URL once, at the root: the browser takes over the server's value, so that both
/// render the same samples.
pub fn provide_origin() {
    let origin = SharedValue::new(browser::origin).into_inner();
    provide_context(Origin(origin.trim_end_matches('/').to_owned()));
}

/// Scheme, host and port, without a trailing slash.
pub fn use_origin() -> String {
    expect_context::<Origin>().0
}
