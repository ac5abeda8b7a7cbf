//! The status of a page, if it is not 200.

use std::sync::Arc;

use leptos::prelude::*;

use crate::types::code::Code;

/// How a page sets its status. The server provides it as context when it renders; in a browser the
/// response is already there.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Sets the status 404: there is nothing at this address.
pub fn not_found() {
    refused(Code::NotFound);
}

/// Sets the status of `code`, if it means that the visitor cannot see the page's content.
pub fn refused(code: Code) {
    if let (Code::NotFound | Code::Forbidden | Code::IpNotAllowed, Some(PageStatus(set))) =
        (code, use_context())
    {
        set(code.status());
    }
}
