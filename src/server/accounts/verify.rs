//! Showing that a mail address is one's own, by a link that is mailed to it.

use super::limits;
use super::store::{links, users};
use crate::server::config::Config;
use crate::server::db::{Db, Tx};
use crate::server::session::{Session, Token, Visitor};
use crate::server::{App, Error, Result, audit, mail};
use crate::types::code::Code;
use crate::types::id::UserId;
use crate::types::time::{DAY, Timestamp};

const PURPOSE: &str = "verify_email";
const VALID: i64 = DAY;

/// Mails a link as part of another act; links from before are void.
pub(super) async fn send(tx: &mut Tx, config: &Config, user: &UserId, name: &str, email: &str, now: Timestamp) -> Result<()> {
    let token = Token::new();
    links::delete_of_user(tx, user, PURPOSE).await?;
    links::insert(tx, &token.hash(), user, PURPOSE, now, now.plus(VALID)).await?;
    mail::queue(tx, config, &super::letters::verify_email(config, email, name, &token), now).await
}

/// Mails a new link to the signed-in person.
pub async fn resend(app: &App, session: &Session) -> Result<()> {
    if session.user.verified {
        return Err(Error::new(Code::Conflict, "Your address is verified already."));
    }
    limits::verification_mail(app, &session.user_id)?;
    let mut tx = app.db.begin().await?;
    send(&mut tx, &app.config, &session.user_id, &session.user.name, &session.user.email, app.clock.now()).await?;
    tx.commit().await
}

/// Verifies the address of whoever the link was mailed to; needs no session. Opening a link again
/// that has done its work is no fault.
pub async fn verify(db: &Db, token: &str, visitor: &Visitor, now: Timestamp) -> Result<()> {
    let Some(token) = Token::parse(token) else { return Err(void()) };
    let mut tx = db.begin().await?;
    let Some(user) = links::use_up(&mut tx, &token.hash(), PURPOSE, now).await? else {
        return if links::has_verified(&mut tx, &token.hash(), PURPOSE).await? { Ok(()) } else { Err(void()) };
    };
    if users::mark_verified(&mut tx, &user, now).await? {
        audit::record(&mut tx, None, &visitor.actor(&user), "user.email_verified", user.as_str(), None, None, now).await?;
    }
    tx.commit().await
}

fn void() -> Error {
    Error::new(Code::Conflict, "This link is not valid any more. Log in and have a new one sent to you.")
}
