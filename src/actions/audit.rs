//! The audit trail.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::account::AuditView;
use crate::types::page::Page;

/// Who did what in this organisation, newest first.
#[server(name = ListAudit, endpoint = "list_audit")]
pub async fn list_audit(cursor: Option<String>) -> Result<Page<AuditView>, UiError> {
    use crate::server::{audit, plans};
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    let currency = plans::billing_currency(&app.db, &permit.org).await?;
    Ok(audit::list(&app.db, &permit, currency, cursor.as_deref()).await?)
}

/// What operators did to the portal itself, newest first.
#[server(name = ListOperatorsAudit, endpoint = "admin_audit")]
pub async fn list_operators_audit(cursor: Option<String>) -> Result<Page<AuditView>, UiError> {
    use crate::server::audit;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(audit::list_of_operators(&app.db, &operator, cursor.as_deref()).await?)
}
