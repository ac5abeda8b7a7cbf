//! Members and invitations of the organisation.

use leptos::prelude::*;

use crate::types::account::InvitationPreview;
use crate::types::account::Team;
use crate::types::error::UiError;
use crate::types::id::InvitationId;
use crate::types::id::UserId;
use crate::types::role::Role;

/// Members, and the invitations that are still open.
#[server(name = LoadTeam, endpoint = "team")]
pub async fn load_team() -> Result<Team, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Mails an invitation, good for seven days.
#[server(name = Invite, endpoint = "invite")]
pub async fn invite(email: String, role: Role) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Takes an open invitation back.
#[server(name = RevokeInvitation, endpoint = "revoke_invitation")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Gives a member another role; the last owner stays owner.
#[server(name = ChangeRole, endpoint = "change_role")]
pub async fn change_role(user_id: UserId, role: Role) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Removes a member, or oneself (leaving).
#[server(name = RemoveMember, endpoint = "remove_member")]
pub async fn remove_member(user_id: UserId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// What the invitation behind a link says.
#[server(name = PreviewInvitation, endpoint = "preview_invitation")]
pub async fn preview_invitation(token: String) -> Result<InvitationPreview, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Joins the organisation and goes to its dashboard.
#[server(name = AcceptInvitation, endpoint = "accept_invitation")]
pub async fn accept_invitation(token: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
