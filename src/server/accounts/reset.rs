//! Getting back into an account whose password is lost, by a link that is mailed to its address.

use std::time::Duration;

use super::fields::{self, Email, Password};
use super::store::{links, users};
use super::{letters, limits, password};
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::session::{self, Token, Visitor};
use crate::server::{App, Error, Result, audit, mail};
use crate::types::code::Code;
use crate::types::id::UserId;
use crate::types::time::{HOUR, Timestamp};

const PURPOSE: &str = "reset_password";
const VALID: i64 = HOUR;

/// No answer comes sooner, so that its time does not tell whether there was a mail to write.
const ANSWER_AFTER: Duration = Duration::from_millis(250);

/// Mails a link, if the address has an account. The answer is the same if not.
pub async fn request(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    limits::from_source(app, visitor)?;
    let email = fields::only(Email::parse(email))?;
    let mailed = async {
        if limits::may_mail_reset(app, &email) { send(&app.db, &app.config, &email, visitor, app.clock.now()).await } else { Ok(()) }
    };
    let (mailed, ()) = tokio::join!(mailed, tokio::time::sleep(ANSWER_AFTER));
    mailed
}

pub(super) async fn send(db: &Db, config: &Config, email: &Email, visitor: &Visitor, now: Timestamp) -> Result<()> {
    let Some(user) = users::find_by_email(db, email.as_str()).await? else { return Ok(()) };
    let token = Token::new();
    let mut tx = db.begin().await?;
    links::delete_of_user(&mut tx, &user.id, PURPOSE).await?;
    links::insert(&mut tx, &token.hash(), &user.id, PURPOSE, now, now.plus(VALID)).await?;
    mail::queue(&mut tx, config, &letters::reset_password(config, &user.email, &user.name, &token), now).await?;
    // Whoever asked has not shown that they are this person.
    let mut actor = visitor.actor(&user.id);
    actor.id = "".into();
    audit::record(&mut tx, None, &actor, "user.password_reset_requested", user.id.as_str(), None, None, now).await?;
    tx.commit().await
}

/// Sets the password of whoever the link was mailed to, and ends all their sessions. The link having
/// arrived, the address is theirs.
pub async fn reset(app: &App, token: &str, new: &str, visitor: &Visitor) -> Result<UserId> {
    limits::from_source(app, visitor)?;
    redeem(&app.db, &app.config, token, new, visitor, app.clock.now()).await
}

pub(super) async fn redeem(db: &Db, config: &Config, token: &str, new: &str, visitor: &Visitor, now: Timestamp) -> Result<UserId> {
    let new = fields::only(Password::parse(new, "password"))?;
    let Some(token) = Token::parse(token) else { return Err(void()) };
    // Asked before the costly hash, and once more, for certain, when the link is used up.
    if !links::is_open(db, &token.hash(), PURPOSE, now).await? {
        return Err(void());
    }
    let hash = password::hash(&new).await?;
    let mut tx = db.begin().await?;
    let Some(user) = links::use_up(&mut tx, &token.hash(), PURPOSE, now).await? else { return Err(void()) };
    let email = users::set_password(&mut tx, &user, &hash, now).await?;
    users::mark_verified(&mut tx, &user, now).await?;
    session::end_others(&mut tx, &user, None).await?;
    mail::queue(&mut tx, config, &letters::password_changed(config, &email), now).await?;
    audit::record(&mut tx, None, &visitor.actor(&user), "user.password_reset", user.as_str(), None, None, now).await?;
    tx.commit().await?;
    Ok(user)
}

fn void() -> Error {
    Error::new(
        Code::Conflict,
        "This link is not valid any more: it was used, it is older than an hour, or a newer one was sent. Ask for another.",
    )
}
