//! All SQL of mail.

use super::Letter;
use crate::server::Result;
use crate::server::db::{Db, Tx, TxInner, in_tx, on};
use crate::types::account::OutboxMail;
use crate::types::id::MailId;
use crate::types::time::Timestamp;

/// A mail that is claimed to be sent.
#[derive(sqlx::FromRow)]
pub struct DueMail {
    pub id: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// Attempts, with the one that this claim is for.
    pub attempts: i64,
}

#[derive(sqlx::FromRow)]
struct OutboxRow {
    recipient: String,
    subject: String,
    body: String,
    created_at: i64,
}

const INSERT: &str = "
    insert into mails (id, recipient, subject, body, created_at, next_attempt_at) values ($1, $2, $3, $4, $5, $6)";

pub async fn insert(tx: &mut Tx, id: &MailId, letter: &Letter<'_>, next_attempt_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(id.as_str())
        .bind(letter.to)
        .bind(&letter.subject)
        .bind(&letter.body)
        .bind(now.0)
        .bind(next_attempt_at.map(|at| at.0))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const NEWEST: &str = "select recipient, subject, body, created_at from mails order by id desc limit $1";

pub async fn newest(db: &Db, limit: i64) -> Result<Vec<OutboxMail>> {
    let rows: Vec<OutboxRow> = on!(db, |c| sqlx::query_as(NEWEST).bind(limit).fetch_all(c).await)?;
    let view = |row: OutboxRow| OutboxMail {
        recipient: row.recipient,
        subject: row.subject,
        body: row.body,
        created_at: Timestamp(row.created_at),
    };
    Ok(rows.into_iter().map(view).collect())
}

const ANY_DUE: &str = "select id from mails where next_attempt_at <= $1 limit 1";

pub async fn is_any_due(db: &Db, now: Timestamp) -> Result<bool> {
    let row: Option<(String,)> = on!(db, |c| sqlx::query_as(ANY_DUE).bind(now.0).fetch_optional(c).await)?;
    Ok(row.is_some())
}

// The embedded database has one writer, so what this transaction reads nobody else can claim.
const CLAIM_SQLITE: &str = "
    update mails set next_attempt_at = $2, attempts = attempts + 1
    where id in (select id from mails where next_attempt_at <= $1 order by next_attempt_at, id limit $3)
    returning id, recipient, subject, body, attempts";

const CLAIM_POSTGRES: &str = "
    update mails set next_attempt_at = $2, attempts = attempts + 1
    where id in (
        select id from mails where next_attempt_at <= $1 order by next_attempt_at, id limit $3 for update skip locked
    )
    returning id, recipient, subject, body, attempts";

pub async fn claim(tx: &mut Tx, now: Timestamp, lease_until: Timestamp, limit: i64) -> Result<Vec<DueMail>> {
    let mut mails: Vec<DueMail> = match &mut tx.inner {
        TxInner::Sqlite(tx) => sqlx::query_as(CLAIM_SQLITE).bind(now.0).bind(lease_until.0).bind(limit).fetch_all(&mut **tx).await?,
        TxInner::Postgres(tx) => sqlx::query_as(CLAIM_POSTGRES).bind(now.0).bind(lease_until.0).bind(limit).fetch_all(&mut **tx).await?,
    };
    mails.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(mails)
}

const MARK_SENT: &str = "update mails set sent_at = $2, next_attempt_at = null, last_error = null where id = $1";

pub async fn mark_sent(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(MARK_SENT).bind(id).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}

const MARK_FAILED: &str = "update mails set next_attempt_at = $2, last_error = $3 where id = $1 and sent_at is null";

pub async fn mark_failed(tx: &mut Tx, id: &str, next: Option<Timestamp>, error: &str) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(MARK_FAILED).bind(id).bind(next.map(|at| at.0)).bind(error).execute(c).await.map(drop))?;
    Ok(())
}

const PRUNE: &str = "delete from mails where next_attempt_at is null and created_at <= $1";

pub async fn prune(tx: &mut Tx, written_before: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(PRUNE).bind(written_before.0).execute(c).await.map(drop))?;
    Ok(())
}
