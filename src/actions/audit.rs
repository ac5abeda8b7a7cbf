//! The audit trail.

use leptos::prelude::*;

use crate::types::account::AuditView;
use crate::types::error::UiError;
use crate::types::page::Page;

/// Who did what in this organisation, newest first.
#[server(name = ListAudit, endpoint = "list_audit")]
pub async fn list_audit(cursor: Option<String>) -> Result<Page<AuditView>, UiError> {
    use crate::server::{audit, session};

    let (app, permit) = session::permit().await?;
    Ok(audit::list(&app.db, &permit, cursor.as_deref()).await?)
}
