//! What the organisation is told.

use leptos::prelude::*;

use crate::types::error::UiError;
use crate::types::id::NoticeId;
use crate::types::notice::NoticeView;

/// What nobody has read yet, the newest first.
#[server(name = ListNotices, endpoint = "list_notices")]
pub async fn list_notices() -> Result<Vec<NoticeView>, UiError> {
    use crate::server::{notices, session};

    let (app, permit) = session::permit().await?;
    Ok(notices::unread(&app.db, &permit).await?)
}

/// Takes a notice off the dashboard.
#[server(name = DismissNotice, endpoint = "dismiss_notice")]
pub async fn dismiss_notice(id: NoticeId) -> Result<(), UiError> {
    use crate::server::{notices, session};

    let (app, permit) = session::permit().await?;
    Ok(notices::mark_read(&app.db, &permit, &id, app.clock.now()).await?)
}
