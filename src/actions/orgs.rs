//! Organisations.

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::id::OrgId;

/// Creates an organisation, owned by the signed-in person, and switches to it.
#[server(name = CreateOrg, endpoint = "create_org")]
pub async fn create_org(name: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Chooses the organisation this session acts for.
#[server(name = SwitchOrg, endpoint = "switch_org")]
pub async fn switch_org(org_id: OrgId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Renames the organisation.
#[server(name = RenameOrg, endpoint = "rename_org")]
pub async fn rename_org(name: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
