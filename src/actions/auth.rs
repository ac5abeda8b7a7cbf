//! Signing up, in and out.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::account::Me;

/// The signed-in person; `None` without a session.
#[server(name = LoadMe, endpoint = "me")]
pub async fn load_me() -> Result<Option<Me>, UiError> {
    use crate::server::plans;
    use crate::types::money::Currency;
    use crate::web::session;

    let (app, session) = session::optional().await?;
    let Some(session) = session else { return Ok(None) };
    let currency = match &session.org {
        Some(org) => plans::billing_currency(&app.db, &org.id).await?,
        None => Currency::default(),
    };
    Ok(Some(session.into_me(&app.config, currency)))
}

/// Creates an account with an organisation or, with an invitation's token, a membership; signs in
/// and goes to `next`, if that is a path of the portal, otherwise to the dashboard.
#[server(name = SignUp, endpoint = "sign_up")]
pub async fn sign_up(
    name: String,
    email: String,
    password: String,
    org_name: String,
    invitation: String,
    #[server(default)] next: String,
) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, visitor) = session::visitor().await?;
    let form = accounts::NewAccount { name, email, password, org_name, invitation };
    let new = accounts::sign_up(&app, form, &visitor).await?;
    session::begin(&app, &visitor, &new.user, Some(&new.org)).await?;
    session::go_to(&next);
    Ok(())
}

/// Signs in and goes to `next`, if that is a path of the portal, otherwise to the dashboard or, for
/// an operator without an organisation, to the admin pages.
#[server(name = LogIn, endpoint = "log_in")]
pub async fn log_in(email: String, password: String, next: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, visitor) = session::visitor().await?;
    let user = accounts::log_in(&app, &email, &password, &visitor).await?;
    session::begin(&app, &visitor, &user.id, None).await?;
    let runs_only = next.is_empty()
        && user.is_operator
        && accounts::memberships(&app.db, &user.id).await?.is_empty();
    session::go_to(if runs_only { "/admin" } else { &next });
    Ok(())
}

/// Ends this session and goes to the landing page.
#[server(name = LogOut, endpoint = "log_out")]
pub async fn log_out() -> Result<(), UiError> {
    use crate::web::session;

    if let (app, Some(session)) = session::optional().await? {
        session::end(&app.db, &session, app.clock.now()).await?;
    }
    session::clear_cookie();
    session::go_to("/");
    Ok(())
}

/// Mails a reset link, if the address has an account; otherwise the response is the same. The
/// page's URL confirms it, which also works without scripts.
#[server(name = RequestPasswordReset, endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, visitor) = session::visitor().await?;
    accounts::request_reset(&app, &email, &visitor).await?;
    session::go_to("/reset?sent=1");
    Ok(())
}

/// Sets a new password with the token of a reset link; ends all other sessions and signs in.
#[server(name = ResetPassword, endpoint = "reset_password")]
pub async fn reset_password(token: String, password: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, visitor) = session::visitor().await?;
    let user = accounts::reset_password(&app, &token, &password, &visitor).await?;
    session::begin(&app, &visitor, &user, None).await?;
    session::go_to(session::DASHBOARD);
    Ok(())
}

/// Marks the address as verified with the token of the mail's link, and confirms it in the page's
/// URL.
#[server(name = VerifyEmail, endpoint = "verify_email")]
pub async fn verify_email(token: String) -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, visitor) = session::visitor().await?;
    accounts::verify_email(&app.db, &token, &visitor, app.clock.now()).await?;
    session::go_to("/verify-email?done=1");
    Ok(())
}

/// Mails the verification link again.
#[server(name = ResendVerification, endpoint = "resend_verification")]
pub async fn resend_verification() -> Result<(), UiError> {
    use crate::server::accounts;
    use crate::web::session;

    let (app, session) = session::session().await?;
    Ok(accounts::resend_verification(&app, &session).await?)
}
