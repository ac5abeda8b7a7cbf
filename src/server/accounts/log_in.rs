//! Logging in. A wrong password and an address without an account look alike and take as long.

use super::store::users;
use super::{User, limits, password};
use crate::server::db::Db;
use crate::server::session::Visitor;
use crate::server::{App, Error, Result};
use crate::types::code::Code;

/// Whoever has this address and password.
pub async fn log_in(app: &App, email: &str, password: &str, visitor: &Visitor) -> Result<User> {
    limits::log_in(app, email, visitor)?;
    authenticate(&app.db, email, password).await
}

pub(super) async fn authenticate(db: &Db, email: &str, password: &str) -> Result<User> {
    let found = users::find_by_email(db, &email.trim().to_lowercase()).await?;
    let matches = password::verify(password, found.as_ref().map(|user| user.password_hash.as_str())).await?;
    match found {
        Some(user) if matches => Ok(user.into()),
        // Not `not_signed_in`, at which pages offer to log in.
        _ => Err(Error::new(Code::ValidationFailed, "The e-mail address or the password is wrong.")),
    }
}
