//! SQL of Stripe's events.

use sqlx::{QueryBuilder, query, query_as, query_scalar};
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{CHUNK, Db, Expired, in_tx, on};

/// Stores an event, once per id. An event without an object counts as applied.
pub async fn insert(
    db: &Db,
    id: &str,
    kind: &str,
    object: &str,
    body: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query(
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
    .map(drop)
    })?;
    tx.commit().await
}

/// Schedules objects to be fetched, once per `round`.
pub async fn poll(db: &Db, objects: &[String], round: i64, now: Timestamp) -> Result<()> {
    let Some(last) = objects.last() else { return Ok(()) };
    // Written together, so one stands for all; objects that are new among them wait for the next
    // round.
    let name = |object: &str| format!("poll:{object}:{round}");
    let known: Option<String> =
        on!(db, |c| query_scalar("select event_id from billing_inbox where event_id = $1")
            .bind(name(last))
            .fetch_optional(c)
            .await)?;
    if known.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        let mut insert = QueryBuilder::new(
            "insert into billing_inbox (event_id, type, object_id, body_json, received_at, attempts, next_attempt_at, fault) ",
        );
        insert.push_values(objects, |mut row, object| {
            row.push_bind(name(object)).push("'poll'").push_bind(object.clone()).push("'{}'");
            row.push_bind(now.0).push("0").push_bind(now.0).push("''");
        });
        insert
            .push(" on conflict (event_id) do nothing")
            .build()
            .persistent(false)
            .execute(c)
            .await
            .map(drop)
    })?;
    tx.commit().await
}

#[derive(sqlx::FromRow)]
pub struct DueRow {
    pub event_id: String,
    pub object_id: String,
    pub attempts: i64,
}

pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<DueRow>> {
    Ok(on!(db, |c| {
        query_as(
        "select event_id, object_id, attempts from billing_inbox
         where applied_at is null and next_attempt_at <= $1 order by next_attempt_at, event_id limit $2"
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

pub async fn applied(db: &Db, id: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query("update billing_inbox set applied_at = $2, attempts = attempts + 1, fault = '' where event_id = $1")
        .bind(id)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop)
    })?;
    tx.commit().await
}

pub async fn failed(db: &Db, id: &str, fault: &str, again: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| {
        query("update billing_inbox set attempts = attempts + 1, next_attempt_at = $2, fault = $3 where event_id = $1")
        .bind(id)
        .bind(again.0)
        .bind(fault)
        .execute(c)
        .await
        .map(drop)
    })?;
    tx.commit().await
}

/// Events that were applied before a time.
pub const OLD: Expired = Expired {
    any: "select event_id from billing_inbox where applied_at < $1 limit 1",
    delete: "delete from billing_inbox where event_id in
        (select event_id from billing_inbox where applied_at < $1 order by applied_at limit $2)",
    chunk: CHUNK,
};

/// Fetches that we scheduled ourselves, and that were applied before a time.
pub const OLD_POLLS: Expired = Expired {
    any: "select event_id from billing_inbox where type = 'poll' and applied_at < $1 limit 1",
    delete: "delete from billing_inbox where event_id in
        (select event_id from billing_inbox where type = 'poll' and applied_at < $1 order by applied_at limit $2)",
    chunk: CHUNK,
};
