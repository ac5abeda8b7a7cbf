//! Notices for the organisation.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::id::NoticeId;
use crate::types::notice::NoticeView;
use crate::types::refusal::Refusal;

/// Unread notices, newest first.
#[server(name = ListNotices, endpoint = "list_notices")]
pub async fn list_notices() -> Result<Vec<NoticeView>, UiError> {
    use crate::server::notices;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(notices::unread(&app.db, &permit).await?)
}

/// Products whose live calls are refused now; empty without a session or an organisation.
#[server(name = ListRefusals, endpoint = "list_refusals")]
pub async fn list_refusals() -> Result<Vec<Refusal>, UiError> {
    use crate::server::usage_limits;
    use crate::web::session;

    let (app, session) = session::optional().await?;
    let Some(Ok(permit)) = session.map(|session| session.permit()) else { return Ok(Vec::new()) };
    Ok(usage_limits::refusals(&app, &permit, app.clock.now_us()).await?)
}

/// Dismisses a notice.
#[server(name = DismissNotice, endpoint = "dismiss_notice")]
pub async fn dismiss_notice(id: NoticeId) -> Result<(), UiError> {
    use crate::server::notices;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(notices::mark_read(&app.db, &permit, &id, app.clock.now()).await?)
}
