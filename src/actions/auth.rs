//! Signing up, in and out.

use leptos::prelude::*;

use crate::types::account::Me;
use crate::types::error::UiError;

/// Who is signed in; none without a session.
#[server(name = LoadMe, endpoint = "me")]
pub async fn load_me() -> Result<Option<Me>, UiError> {
    use crate::server::session;

    let (app, session) = session::optional().await?;
    Ok(session.map(|session| session.into_me(&app.config)))
}

/// Creates an account, and an organisation or, with an invitation's token, a membership; signs in and goes to the dashboard.
#[server(name = SignUp, endpoint = "sign_up")]
pub async fn sign_up(name: String, email: String, password: String, org_name: String, invitation: String) -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, visitor) = session::visitor().await?;
    let form = accounts::NewAccount { name, email, password, org_name, invitation };
    let new = accounts::sign_up(&app, form, &visitor).await?;
    session::begin(&app, &visitor, &new.user, Some(&new.org)).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}

/// Signs in and goes to `next`, if that is a path of ours, else to the dashboard; an operator without an organisation, who
/// has none, to the admin pages.
#[server(name = LogIn, endpoint = "log_in")]
pub async fn log_in(email: String, password: String, next: String) -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, visitor) = session::visitor().await?;
    let user = accounts::log_in(&app, &email, &password, &visitor).await?;
    session::begin(&app, &visitor, &user.id, None).await?;
    let runs_only = next.is_empty() && user.is_operator && accounts::memberships(&app.db, &user.id).await?.is_empty();
    session::go_to(if runs_only { "/admin" } else { &next });
    Ok(())
}

/// Ends this session and goes to the landing page.
#[server(name = LogOut, endpoint = "log_out")]
pub async fn log_out() -> Result<(), UiError> {
    use crate::server::session;

    if let (app, Some(session)) = session::optional().await? {
        session::end(&app.db, &session, app.clock.now()).await?;
    }
    session::clear_cookie();
    session::go_to("/");
    Ok(())
}

/// Mails a reset link, if the address has an account; the answer is the same if not. The page says so
/// by its URL, which also works without script.
#[server(name = RequestPasswordReset, endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, visitor) = session::visitor().await?;
    accounts::request_reset(&app, &email, &visitor).await?;
    session::go_to("/reset?sent=1");
    Ok(())
}

/// Sets a new password with the token of a reset link; ends all other sessions and signs in.
#[server(name = ResetPassword, endpoint = "reset_password")]
pub async fn reset_password(token: String, password: String) -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, visitor) = session::visitor().await?;
    let user = accounts::reset_password(&app, &token, &password, &visitor).await?;
    session::begin(&app, &visitor, &user, None).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}

/// Marks the address as verified with the token of the mail's link, and says so by the page's URL.
#[server(name = VerifyEmail, endpoint = "verify_email")]
pub async fn verify_email(token: String) -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, visitor) = session::visitor().await?;
    accounts::verify_email(&app.db, &token, &visitor, app.clock.now()).await?;
    session::go_to("/verify-email?done=1");
    Ok(())
}

/// Mails the verification link again.
#[server(name = ResendVerification, endpoint = "resend_verification")]
pub async fn resend_verification() -> Result<(), UiError> {
    use crate::server::{accounts, session};

    let (app, session) = session::session().await?;
    Ok(accounts::resend_verification(&app, &session).await?)
}
