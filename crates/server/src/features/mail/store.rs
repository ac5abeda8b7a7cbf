//! All SQL of mail.

use tollgate_types::account::OutboxMail;
use tollgate_types::id::MailId;
use tollgate_types::time::Timestamp;

use super::Mail;
use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, TxInner, in_tx, on};

/// A mail that is claimed to be sent.
#[derive(sqlx::FromRow)]
pub struct DueMail {
    pub id: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// Attempts, including the one of this claim.
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

pub async fn insert(
    tx: &mut Tx,
    id: &MailId,
    message: &Mail<'_>,
    body: &str,
    next_attempt_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(id.as_str())
        .bind(message.to)
        .bind(&message.subject)
        .bind(body)
        .bind(now.0)
        .bind(next_attempt_at.map(|at| at.0))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const NEWEST: &str =
    "select recipient, subject, body, created_at from mails order by id desc limit $1";

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
    let row: Option<(String,)> =
        on!(db, |c| sqlx::query_as(ANY_DUE).bind(now.0).fetch_optional(c).await)?;
    Ok(row.is_some())
}

// The embedded database has one writer, so nobody else can claim what this transaction reads.
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

pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<DueMail>> {
    let sql = match &tx.inner {
        TxInner::Sqlite(_) => CLAIM_SQLITE,
        TxInner::Postgres(_) => CLAIM_POSTGRES,
    };
    let mut mails: Vec<DueMail> = in_tx!(tx, |c| sqlx::query_as(sql)
        .bind(now.0)
        .bind(lease_until.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    mails.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(mails)
}

const MARK_SENT: &str = "update mails set sent_at = $2, next_attempt_at = null, last_error = null, body = '' where id = $1";

pub async fn mark_sent(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(MARK_SENT).bind(id).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}

// The text of an abandoned mail is removed, too.
const MARK_FAILED: &str = "
    update mails set next_attempt_at = $2, last_error = $3, body = case when cast($2 as bigint) is null then '' else body end
    where id = $1 and sent_at is null";

pub async fn mark_failed(
    tx: &mut Tx,
    id: &str,
    next: Option<Timestamp>,
    error: &str,
) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(MARK_FAILED)
        .bind(id)
        .bind(next.map(|at| at.0))
        .bind(error)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Texts of completed mails from before a time: they are blanked.
pub const UNREAD: Expired = Expired {
    any: "select id from mails where next_attempt_at is null and created_at <= $1 and body <> '' limit 1",
    delete: "update mails set body = '' where id in
        (select id from mails where next_attempt_at is null and created_at <= $1 and body <> '' order by created_at limit $2)",
    chunk: CHUNK,
};

/// Completed mails from before a time.
pub const DONE: Expired = Expired {
    any: "select id from mails where next_attempt_at is null and created_at <= $1 limit 1",
    delete: "delete from mails where id in
        (select id from mails where next_attempt_at is null and created_at <= $1 order by created_at limit $2)",
    chunk: CHUNK,
};
