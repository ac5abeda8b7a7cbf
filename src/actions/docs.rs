//! The public API's reference.

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::operation::OperationView;

/// Every operation of the platform's API, from its OpenAPI document.
#[server(name = Operations, endpoint = "operations")]
pub async fn operations() -> Result<Vec<OperationView>, UiError> {
    Ok(crate::server::api::reference())
}
