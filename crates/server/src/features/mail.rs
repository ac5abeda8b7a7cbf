//! Outgoing mail. A mail is a row that is written in the transaction of the change that it reports
//! (transactional outbox), so a mail is neither sent without its change nor lost because the mail
//! server was unavailable. A job sends it afterwards. Without a mail server it stays in the outbox,
//! which a page shows if `TOLLGATE_DEV_OUTBOX` is set.
//!
//! Mails contain links that open accounts. So the text of a mail is kept only until it is sent or
//! abandoned, and not stored at all if nothing sends it and no page shows it.

mod store;

use tollgate_types::account::OutboxMail;
use tollgate_types::id::MailId;
use tollgate_types::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

use crate::config::Config;
use crate::db::{Db, Tx};
use crate::{Error, Result, random};

pub use store::DueMail;

/// Mails per outbox page.
const OUTBOX_LIMIT: i64 = 50;
/// How long mails are kept after they were written; unsent mails are kept until they are sent.
const KEEP: i64 = 30 * DAY;
/// How long texts are kept that only the outbox page shows: as long as an invitation can be
/// accepted.
const KEEP_OUTBOX: i64 = 7 * DAY;
/// Mails per batch.
pub const BATCH: i64 = 10;
/// For this time no other instance takes a claimed mail: longer than sending a whole batch can
/// take. After it, the mail of a crashed sender is tried again.
pub const LEASE: i64 = 10 * MINUTE;
/// The pause after each failed attempt; there is none after the last attempt.
pub const BACKOFF: [i64; 7] =
    [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];

/// A mail: plain text.
pub struct Mail<'a> {
    pub to: &'a str,
    pub subject: String,
    pub body: String,
}

/// Queues a mail that is sent after `tx` is committed.
pub async fn queue(tx: &mut Tx, config: &Config, message: &Mail<'_>, now: Timestamp) -> Result<()> {
    let id: MailId = random::id();
    let next_attempt_at = config.mail.smtp_url.is_some().then_some(now);
    let body =
        if next_attempt_at.is_some() || has_outbox_page(config) { &*message.body } else { "" };
    store::insert(tx, &id, message, body, next_attempt_at, now).await
}

/// Whether unsent mail may be shown on a page: if this was requested, and only this machine can
/// reach the portal. The second condition alone is not enough: behind a proxy on the same machine
/// it looks the same.
pub fn has_outbox_page(config: &Config) -> bool {
    config.mail.dev_outbox && config.is_development() && config.mail.smtp_url.is_none()
}

/// The newest mails for the outbox page. Mails contain links that open accounts, so `is_local` must
/// be true only for a request that no proxy forwarded.
pub async fn outbox(db: &Db, config: &Config, is_local: bool) -> Result<Vec<OutboxMail>> {
    if !has_outbox_page(config) || !is_local {
        return Err(Error::not_found("page"));
    }
    store::newest(db, OUTBOX_LIMIT).await
}

/// Claims mails that are due; no other instance takes them meanwhile.
pub async fn claim_due(db: &Db, now: Timestamp) -> Result<Vec<DueMail>> {
    // Checking first spares the embedded database a write lock every second.
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

/// Sets the time of the next attempt, if there is one. Returns whether there is.
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

/// Deletes old mails that are sent or abandoned, and texts that are no longer needed.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::UNREAD.delete(db, now.plus(-KEEP_OUTBOX).0).await?;
    store::DONE.delete(db, now.plus(-KEEP).0).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_eight_times_with_growing_pauses() {
        let pauses: Vec<i64> = (1..)
            .map_while(|attempts| next_attempt(attempts, Timestamp(0)))
            .map(|at| at.0)
            .collect();
        assert_eq!(pauses.len() + 1, 8);
        assert!(pauses.is_sorted());
    }
}
