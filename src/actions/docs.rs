//! The public API's reference.

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::event::EventTypeView;
use crate::types::operation::OperationView;
use crate::types::webhook_check::Sample;

/// Every operation of the platform's API, from its OpenAPI document.
#[server(name = Operations, endpoint = "operations")]
pub async fn operations() -> Result<Vec<OperationView>, UiError> {
    Ok(crate::server::api::reference())
}

/// Every event the portal tells of, and receivers that verify them.
#[server(name = WebhookDocs, endpoint = "webhook_docs")]
pub async fn webhook_docs() -> Result<(Vec<EventTypeView>, Vec<Sample>), UiError> {
    Ok((crate::server::events::catalogue(), crate::server::webhooks::samples()))
}
