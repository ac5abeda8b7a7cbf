//! Tokens of the admin API.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::admin::AdminTokenView;
use crate::types::id::AdminTokenId;

/// All tokens, without their secrets. They are created with a form, because the text is shown once.
#[server(name = ListAdminTokens, endpoint = "admin_tokens")]
pub async fn list_admin_tokens() -> Result<Vec<AdminTokenView>, UiError> {
    use crate::server::admin;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    Ok(admin::list_tokens(&app.db, &operator).await?)
}

/// Revokes a token permanently.
#[server(name = RevokeAdminToken, endpoint = "admin_revoke_token")]
pub async fn revoke_admin_token(id: AdminTokenId) -> Result<(), UiError> {
    use crate::server::admin;
    use crate::web::session;

    let (app, operator) = session::operator().await?;
    admin::revoke_token(&app.db, &operator, &id, app.clock.now()).await?;
    Ok(())
}
