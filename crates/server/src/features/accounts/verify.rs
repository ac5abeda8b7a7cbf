//! Verifying a mail address with a link that is mailed to it.

use tollgate_types::code::Code;
use tollgate_types::id::UserId;
use tollgate_types::time::{DAY, Timestamp};

use super::limits;
use super::store::{links, members, users};
use crate::access::{ActorKind, Permit};
use crate::accounts::sessions::{Session, Token, Visitor};
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::{Base, Error, Result, audit, mail};

const PURPOSE: &str = "verify_email";
const VALID: i64 = DAY;

/// Mails a link in the transaction of another action; earlier links become invalid.
pub(super) async fn send(
    tx: &mut Tx,
    config: &Config,
    user: &UserId,
    name: &str,
    email: &str,
    now: Timestamp,
) -> Result<()> {
    let token = Token::new();
    links::delete_of_user(tx, user, PURPOSE).await?;
    links::insert(tx, &token.hash(), user, PURPOSE, now, now.plus(VALID)).await?;
    mail::queue(tx, config, &super::mails::verify_email(config, email, name, &token), now).await
}

/// Checks that the actor has a verified address, before they do `what` to others: send mail to
/// people, or requests to hosts that never asked for them. A key acts for its organisation, which
/// counts as verified if one of its members is, or if it has no members because an operator created
/// it.
///
/// # Errors
/// `forbidden`, with what to do.
pub async fn require_verified<P>(db: &Db, permit: &Permit<P>, what: &str) -> Result<()> {
    let is_verified = match permit.actor.kind {
        ActorKind::User => {
            let user: UserId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
            super::is_verified(db, &user).await?
        }
        ActorKind::Key => members::is_org_verified(db, &permit.org).await?,
        ActorKind::CommandLine | ActorKind::AdminToken | ActorKind::Portal => true,
        ActorKind::Anonymous => false,
    };
    if is_verified {
        return Ok(());
    }
    let detail = format!(
        "Verify your e-mail address before you {what}. Open the link in the mail that we sent you, or request a new one in the dashboard."
    );
    Err(Error::new(Code::Forbidden, detail))
}

/// Mails a new link to the signed-in person.
pub async fn resend(base: &Base, session: &Session) -> Result<()> {
    if session.user.verified {
        return Err(Error::new(Code::Conflict, "Your address is already verified."));
    }
    limits::verification_mail(base, &session.user_id)?;
    let mut tx = base.db.begin().await?;
    send(
        &mut tx,
        &base.config,
        &session.user_id,
        &session.user.name,
        &session.user.email,
        base.clock.now(),
    )
    .await?;
    tx.commit().await
}

/// Verifies the address that the link was mailed to; needs no session. Opening a used link again is
/// not an error.
pub async fn verify(db: &Db, token: &str, visitor: &Visitor, now: Timestamp) -> Result<()> {
    let Some(token) = Token::parse(token) else { return Err(void()) };
    let mut tx = db.begin().await?;
    let Some(user) = links::use_up(&mut tx, &token.hash(), PURPOSE, now).await? else {
        return if links::has_verified(&mut tx, &token.hash(), PURPOSE).await? {
            Ok(())
        } else {
            Err(void())
        };
    };
    if users::mark_verified(&mut tx, &user, now).await? {
        audit::record(
            &mut tx,
            None,
            &visitor.actor(&user),
            "user.email_verified",
            user.as_str(),
            None,
            None,
            now,
        )
        .await?;
    }
    tx.commit().await
}

fn void() -> Error {
    Error::new(Code::Conflict, "This link is no longer valid. Log in and request a new one.")
}
