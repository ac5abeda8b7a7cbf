//! SQL of what Stripe told.

use sqlx::{query, query_as};

use crate::server::Result;
use crate::server::db::{Db, in_tx, on};
use crate::types::time::Timestamp;

/// Notes a message, once for each id. What asks for nothing is done at once.
pub async fn insert(db: &Db, id: &str, kind: &str, object: &str, body: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query(
        "insert into billing_inbox (event_id, type, object_id, body_json, received_at, applied_at, attempts, next_attempt_at, fault)
         values ($1, $2, $3, $4, $5, $6, 0, $5, '') on conflict (event_id) do nothing"
    )
    .bind(id)
    .bind(kind)
    .bind(object)
    .bind(body)
    .bind(now.0)
    .bind(object.is_empty().then_some(now.0))
    .execute(c)
    .await
    .map(drop))?;
    tx.commit().await
}

/// Has an object fetched, once for each `round`.
pub async fn poll(db: &Db, object: &str, round: i64, now: Timestamp) -> Result<()> {
    insert(db, &format!("poll:{object}:{round}"), "poll", object, "{}", now).await
}

#[derive(sqlx::FromRow)]
pub struct DueRow {
    pub event_id: String,
    pub object_id: String,
    pub attempts: i64,
}

pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<DueRow>> {
    Ok(on!(db, |c| query_as(
        "select event_id, object_id, attempts from billing_inbox
         where applied_at is null and next_attempt_at <= $1 order by next_attempt_at, event_id limit $2"
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

pub async fn applied(db: &Db, id: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update billing_inbox set applied_at = $2, attempts = attempts + 1, fault = '' where event_id = $1")
        .bind(id)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

pub async fn failed(db: &Db, id: &str, fault: &str, again: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("update billing_inbox set attempts = attempts + 1, next_attempt_at = $2, fault = $3 where event_id = $1")
        .bind(id)
        .bind(again.0)
        .bind(fault)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}

/// Deletes what was told before `before`, and what we asked ourselves before `asked_before`.
pub async fn delete_before(db: &Db, before: Timestamp, asked_before: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("delete from billing_inbox where applied_at < $1 or (applied_at < $2 and type = 'poll')")
        .bind(before.0)
        .bind(asked_before.0)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}
