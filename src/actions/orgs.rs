//! Organisations.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::id::OrgId;

/// Creates an organisation, owned by the signed-in person, and switches to it.
#[server(name = CreateOrg, endpoint = "create_org")]
pub async fn create_org(name: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    accounts::create_own_org(&app.db, &app.config, &session, &name, app.clock.now()).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}

/// Chooses the organisation this session acts for.
#[server(name = SwitchOrg, endpoint = "switch_org")]
pub async fn switch_org(org_id: OrgId) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    accounts::switch_org(&app.db, &session, &org_id).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}

/// Renames the organisation.
#[server(name = RenameOrg, endpoint = "rename_org")]
pub async fn rename_org(name: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(accounts::rename_org(&app.db, &permit, &name, app.clock.now()).await?)
}
