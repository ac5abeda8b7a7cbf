//! The address of this portal, for samples that can be pasted as they are.

use leptos::prelude::*;

use crate::browser;

/// What the server knows its address to be. The server provides it as context when it renders.
#[derive(Clone, Debug)]
pub struct BaseUrl(pub String);

#[derive(Clone)]
struct Origin(String);

/// Settles the address once, at the root: what the server rendered with is what the browser takes
/// over, so that both write the same samples.
pub fn provide_origin() {
    let origin = SharedValue::new(browser::origin).into_inner();
    provide_context(Origin(origin.trim_end_matches('/').to_owned()));
}

/// Scheme, host and port, without a slash at the end.
pub fn use_origin() -> String {
    expect_context::<Origin>().0
}
