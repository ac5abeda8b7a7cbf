//! Signing up, in and out.

use leptos::prelude::*;

use crate::types::account::Me;
use crate::types::error::UiError;

/// Who is signed in; none without a session.
#[server(name = LoadMe, endpoint = "me")]
pub async fn load_me() -> Result<Option<Me>, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Creates an account, and an organisation or, with an invitation's token, a membership; signs in and goes to the dashboard.
#[server(name = SignUp, endpoint = "sign_up")]
pub async fn sign_up(name: String, email: String, password: String, org_name: String, invitation: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Signs in and goes to `next`, if that is a path of ours, else to the dashboard.
#[server(name = LogIn, endpoint = "log_in")]
pub async fn log_in(email: String, password: String, next: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Ends this session and goes to the landing page.
#[server(name = LogOut, endpoint = "log_out")]
pub async fn log_out() -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Mails a reset link, if the address has an account; the answer is the same if not.
#[server(name = RequestPasswordReset, endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Sets a new password with the token of a reset link; ends all other sessions and signs in.
#[server(name = ResetPassword, endpoint = "reset_password")]
pub async fn reset_password(token: String, password: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Marks the address as verified with the token of the mail's link.
#[server(name = VerifyEmail, endpoint = "verify_email")]
pub async fn verify_email(token: String) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Mails the verification link again.
#[server(name = ResendVerification, endpoint = "resend_verification")]
pub async fn resend_verification() -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
