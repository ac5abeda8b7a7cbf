//! The signed-in person's own profile and sessions.

use leptos::prelude::*;

use crate::types::account::SessionView;
use crate::types::error::UiError;
use crate::types::id::SessionId;

/// Changes the display name.
#[server(name = UpdateProfile, endpoint = "update_profile")]
pub async fn update_profile(name: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Changes the password and ends all other sessions.
#[server(name = ChangePassword, endpoint = "change_password")]
pub async fn change_password(current: String, new: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// All sessions of this person, the latest first.
#[server(name = ListSessions, endpoint = "list_sessions")]
pub async fn list_sessions() -> Result<Vec<SessionView>, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Ends one of this person's sessions.
#[server(name = RevokeSession, endpoint = "revoke_session")]
pub async fn revoke_session(id: SessionId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Ends all sessions but this one.
#[server(name = RevokeOtherSessions, endpoint = "revoke_other_sessions")]
pub async fn revoke_other_sessions() -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
