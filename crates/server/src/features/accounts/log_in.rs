//! Logging in. A wrong password and an unknown address get the same response after the same time.

use tollgate_types::code::Code;

use super::store::users;
use super::{User, known_browser, limits, password};
use crate::accounts::sessions::Visitor;
use crate::db::Db;
use crate::{Base, Error, Result};

/// The account with this address and password.
pub async fn log_in(base: &Base, email: &str, password: &str, visitor: &Visitor) -> Result<User> {
    let known = known_browser::find(base, email, visitor).await?;
    limits::log_in(base, email, visitor, known.as_ref())?;
    authenticate(&base.db, email, password).await
}

pub(super) async fn authenticate(db: &Db, email: &str, password: &str) -> Result<User> {
    let found = users::find_by_email(db, &email.trim().to_lowercase()).await?;
    let matches =
        password::verify(password, found.as_ref().map(|user| user.password_hash.as_str())).await?;
    match found {
        Some(user) if matches => Ok(user.into()),
        // Not `not_signed_in`, for which pages offer to log in.
        _ => {
            Err(Error::new(Code::ValidationFailed, "The e-mail address or the password is wrong."))
        }
    }
}
