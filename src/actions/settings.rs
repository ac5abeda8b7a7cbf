//! The signed-in person's own profile and sessions.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::account::SessionView;
use crate::types::id::SessionId;

/// Changes the display name.
#[server(name = UpdateProfile, endpoint = "update_profile")]
pub async fn update_profile(name: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(accounts::update_profile(&app.db, &session, &name, app.clock.now()).await?)
}

/// Changes the password and ends all other sessions.
#[server(name = ChangePassword, endpoint = "change_password")]
pub async fn change_password(current: String, new: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(accounts::change_password(&app, &session, &current, &new).await?)
}

/// All sessions of this person, latest first.
#[server(name = ListSessions, endpoint = "list_sessions")]
pub async fn list_sessions() -> Result<Vec<SessionView>, UiError> {
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(session::list(&app.db, &session, app.clock.now()).await?)
}

/// Ends one of this person's sessions.
#[server(name = RevokeSession, endpoint = "revoke_session")]
pub async fn revoke_session(id: SessionId) -> Result<(), UiError> {
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(session::revoke(&app.db, &session, &id, app.clock.now()).await?)
}

/// Ends all sessions but this one.
#[server(name = RevokeOtherSessions, endpoint = "revoke_other_sessions")]
pub async fn revoke_other_sessions() -> Result<(), UiError> {
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(session::revoke_others(&app.db, &session, app.clock.now()).await?)
}
