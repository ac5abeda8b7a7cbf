//! What exists in development only.

use leptos::prelude::*;

use crate::types::account::OutboxMail;
use crate::types::error::UiError;

/// Mail that would have been sent, newest first; `not_found` outside development.
#[server(name = Outbox, endpoint = "outbox")]
pub async fn outbox() -> Result<Vec<OutboxMail>, UiError> {
    use crate::server::{mail, session};

    let app = session::app().await?;
    Ok(mail::outbox(&app.db, &app.config, session::is_local()).await?)
}
