//! Password reset by a link that is mailed to the account's address.

use std::time::Duration;

use tollgate_types::code::Code;
use tollgate_types::id::UserId;
use tollgate_types::time::{HOUR, Timestamp};

use super::fields::{self, Email, Password};
use super::store::{links, users};
use super::{known_browser, limits, mails, password};
use crate::accounts::sessions::{self, Token, Visitor};
use crate::config::Config;
use crate::db::Db;
use crate::{Base, Error, Result, audit, mail};

pub(super) const PURPOSE: &str = "reset_password";
const VALID: i64 = HOUR;

/// The minimum response time, so that it does not reveal whether a mail was written.
const RESPOND_AFTER: Duration = Duration::from_millis(250);

/// Mails a link, if the address has an account. Otherwise the response is the same.
pub async fn request(base: &Base, email: &str, visitor: &Visitor) -> Result<()> {
    limits::from_source(base, visitor)?;
    let email = fields::only(Email::parse(email))?;
    let mailed = async {
        let known = known_browser::find(base, email.as_str(), visitor).await?;
        if limits::may_mail_reset(base, &email, visitor, known.as_ref()) {
            send(&base.db, &base.config, &email, visitor, base.clock.now()).await
        } else {
            Ok(())
        }
    };
    let (mailed, ()) = tokio::join!(mailed, tokio::time::sleep(RESPOND_AFTER));
    mailed
}

pub(super) async fn send(
    db: &Db,
    config: &Config,
    email: &Email,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<()> {
    let Some(user) = users::find_by_email(db, email.as_str()).await? else { return Ok(()) };
    let token = Token::new();
    let mut tx = db.begin().await?;
    links::delete_of_user(&mut tx, &user.id, PURPOSE).await?;
    links::insert(&mut tx, &token.hash(), &user.id, PURPOSE, now, now.plus(VALID)).await?;
    mail::queue(
        &mut tx,
        config,
        &mails::reset_password(config, &user.email, &user.name, &token),
        now,
    )
    .await?;
    // The requester has not proven that they are this person.
    let mut actor = visitor.actor(&user.id);
    actor.id = "".into();
    audit::record(
        &mut tx,
        None,
        &actor,
        "user.password_reset_requested",
        user.id.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await
}

/// Sets the password of the account that the link was mailed to, and ends all its sessions. Using
/// the link also verifies the address.
pub async fn reset(base: &Base, token: &str, new: &str, visitor: &Visitor) -> Result<UserId> {
    limits::from_source(base, visitor)?;
    redeem(&base.db, &base.config, token, new, visitor, base.clock.now()).await
}

pub(super) async fn redeem(
    db: &Db,
    config: &Config,
    token: &str,
    new: &str,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<UserId> {
    let Some(token) = Token::parse(token) else { return Err(void()) };
    // Checked before the expensive hash, and again when the link is used up.
    let Some(user) = links::owner(db, &token.hash(), PURPOSE, now).await? else {
        return Err(void());
    };
    let Some(user) = users::find(db, &user).await? else { return Err(void()) };
    let new = fields::only(Password::parse(new, "password", &[&user.name, &user.email]))?;
    let hash = password::hash(&new).await?;
    let mut tx = db.begin().await?;
    let Some(user) = links::use_up(&mut tx, &token.hash(), PURPOSE, now).await? else {
        return Err(void());
    };
    let email = users::set_password(&mut tx, &user, &hash, now).await?;
    users::mark_verified(&mut tx, &user, now).await?;
    sessions::end_others(&mut tx, &user, None).await?;
    mail::queue(&mut tx, config, &mails::password_changed(config, &email), now).await?;
    audit::record(
        &mut tx,
        None,
        &visitor.actor(&user),
        "user.password_reset",
        user.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(user)
}

fn void() -> Error {
    Error::new(
        Code::Conflict,
        "This link is no longer valid: it was used, it is older than an hour, or a newer link was sent. Request a new link.",
    )
}
