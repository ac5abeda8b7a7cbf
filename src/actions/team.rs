//! Members and invitations of the organisation.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::account::InvitationPreview;
use crate::types::account::Team;
use crate::types::id::InvitationId;
use crate::types::id::UserId;
use crate::types::role::Role;

/// Members, and open invitations.
#[server(name = LoadTeam, endpoint = "team")]
pub async fn load_team() -> Result<Team, UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    let can_manage = session.org.as_ref().is_some_and(|org| org.role.can_manage_team());
    Ok(accounts::load_team(&app.db, &session.permit()?, can_manage, app.clock.now()).await?)
}

/// Mails an invitation, which is valid for seven days.
#[server(name = Invite, endpoint = "invite")]
pub async fn invite(email: String, role: Role) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(accounts::invite(&app, &session.permit()?, &session.user.name, &email, role).await?)
}

/// Revokes an open invitation.
#[server(name = RevokeInvitation, endpoint = "revoke_invitation")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(accounts::revoke_invitation(&app.db, &permit, &id, app.clock.now()).await?)
}

/// Gives a member another role; the last owner stays owner.
#[server(name = ChangeRole, endpoint = "change_role")]
pub async fn change_role(user_id: UserId, role: Role) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(accounts::change_role(&app.db, &app.config, &permit, &user_id, role, app.clock.now())
        .await?)
}

/// Removes a member, or oneself (leaving).
#[server(name = RemoveMember, endpoint = "remove_member")]
pub async fn remove_member(user_id: UserId) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    Ok(accounts::remove_member(&app.db, &permit, &user_id, app.clock.now()).await?)
}

/// The invitation behind a link.
#[server(name = PreviewInvitation, endpoint = "preview_invitation")]
pub async fn preview_invitation(token: String) -> Result<InvitationPreview, UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let app = session::app().await?;
    Ok(accounts::preview_invitation(&app.db, &token, app.clock.now()).await?)
}

/// Joins the organisation and goes to its dashboard.
#[server(name = AcceptInvitation, endpoint = "accept_invitation")]
pub async fn accept_invitation(token: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    accounts::accept_invitation(&app.db, &app.config, &session, &token, app.clock.now()).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}
