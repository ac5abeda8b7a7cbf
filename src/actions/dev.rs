//! Functions for development only.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::account::OutboxMail;

/// Unsent mail, newest first; `not_found` unless `TOLLGATE_DEV_OUTBOX` is set.
#[server(name = Outbox, endpoint = "outbox")]
pub async fn outbox() -> Result<Vec<OutboxMail>, UiError> {
    use crate::server::mail;
    use crate::web::session;

    let app = session::app().await?;
    Ok(mail::outbox(&app.db, &app.config, session::is_local()).await?)
}
