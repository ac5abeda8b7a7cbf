//! Mail is a row written in the transaction of what it tells of, so that nobody hears of what did
//! not happen, and nothing that happened goes untold because a mail server was away. A job sends it
//! afterwards ([`super::jobs::send_mail`]). Without a mail server it stays in the outbox, which in
//! development can be read on a page.

mod store;

use super::config::Config;
use super::db::{Db, Tx};
use super::{Error, Result, random};
use crate::types::account::OutboxMail;
use crate::types::id::MailId;
use crate::types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

pub use store::DueMail;

/// Mails that the outbox page shows.
const OUTBOX_LIMIT: i64 = 50;
/// Mails are kept so long after they were written; those still to be sent, until they are.
const KEEP: i64 = 30 * DAY;
/// Mails that are taken to be sent at a time.
pub const BATCH: i64 = 10;
/// For so long no other instance takes a mail that was claimed: longer than sending a whole batch
/// can take. A mail whose sender crashed is tried again after it.
pub const LEASE: i64 = 10 * MINUTE;
/// The pause after each failed attempt; after the last attempt there is none.
pub const BACKOFF: [i64; 7] = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];

/// A mail as it is written: plain text.
pub struct Letter<'a> {
    pub to: &'a str,
    pub subject: String,
    pub body: String,
}

/// Writes a mail that is sent once `tx` is committed.
pub async fn queue(tx: &mut Tx, config: &Config, letter: &Letter<'_>, now: Timestamp) -> Result<()> {
    let id: MailId = random::id();
    let next_attempt_at = config.mail.smtp_url.is_some().then_some(now);
    store::insert(tx, &id, letter, next_attempt_at, now).await
}

/// True where mail that has no server to go to may be read on a page.
pub fn has_outbox_page(config: &Config) -> bool {
    config.is_development() && config.mail.smtp_url.is_none()
}

/// The newest mails of the outbox page. Mails hold links that open accounts, so `is_local` must be true
/// only for a request that was not brought here by a proxy.
pub async fn outbox(db: &Db, config: &Config, is_local: bool) -> Result<Vec<OutboxMail>> {
    if !has_outbox_page(config) || !is_local {
        return Err(Error::not_found("page"));
    }
    store::newest(db, OUTBOX_LIMIT).await
}

/// Takes mails whose time has come; no other instance takes them meanwhile.
pub async fn claim_due(db: &Db, now: Timestamp) -> Result<Vec<DueMail>> {
    // Looking first spares the embedded database a write lock a second.
    if !store::is_any_due(db, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    let mails = store::claim(&mut tx, now, now.plus(LEASE), BATCH).await?;
    tx.commit().await?;
    Ok(mails)
}

pub async fn mark_sent(db: &Db, mail: &DueMail, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    store::mark_sent(&mut tx, &mail.id, now).await?;
    tx.commit().await
}

/// Sets the time of the next attempt, if there is one. True if there is.
pub async fn mark_failed(db: &Db, mail: &DueMail, error: &str, now: Timestamp) -> Result<bool> {
    let next = next_attempt(mail.attempts, now);
    let mut tx = db.begin().await?;
    store::mark_failed(&mut tx, &mail.id, next, error).await?;
    tx.commit().await?;
    Ok(next.is_some())
}

fn next_attempt(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    let pause = BACKOFF.get(usize::try_from(attempts - 1).unwrap_or(0))?;
    Some(now.plus(*pause))
}

/// Deletes mails that are old and done with.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::prune(tx, now.plus(-KEEP)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_eight_times_with_growing_pauses() {
        let pauses: Vec<i64> = (1..).map_while(|attempts| next_attempt(attempts, Timestamp(0))).map(|at| at.0).collect();
        assert_eq!(pauses.len() + 1, 8);
        assert!(pauses.is_sorted());
    }
}
