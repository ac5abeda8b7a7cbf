//! All SQL of instances.

use sqlx::{query, query_as};
use tollgate_types::id::JournalId;
use tollgate_types::time::Timestamp;

use super::Place;
use crate::Result;
use crate::db::{Db, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct Found {
    pub token: String,
    pub place: String,
    pub host: String,
    pub data_dir: String,
}

pub async fn find(db: &Db, journal: &JournalId) -> Result<Option<Found>> {
    Ok(on!(db, |c| query_as(
        "select token, place, host, data_dir from instances where journal_id = $1"
    )
    .bind(journal.as_str())
    .fetch_optional(c)
    .await)?)
}

/// Takes over the lease from the token `expected`, together with the journal's cursor. False if the
/// token has changed meanwhile.
pub async fn take(
    db: &Db,
    journal: &JournalId,
    expected: Option<&str>,
    token: &str,
    run: &str,
    place: &Place,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let taken = in_tx!(tx, |c| {
        query(
        "insert into instances as i (journal_id, token, place, host, data_dir, started_at, seen_at) values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (journal_id) do update
         set token = excluded.token, place = excluded.place, host = excluded.host, data_dir = excluded.data_dir,
             started_at = excluded.started_at, seen_at = excluded.seen_at
         where i.token = cast($7 as text)"
    )
    .bind(journal.as_str())
    .bind(token)
    .bind(&*place.id)
    .bind(&*place.host)
    .bind(&*place.data_dir)
    .bind(now.0)
    .bind(expected)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if taken == 0 {
        return Ok(false);
    }
    in_tx!(tx, |c| query("update journal_cursors set owner = $2 where journal_id = $1")
        .bind(journal.as_str())
        .bind(run)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await?;
    Ok(true)
}

/// Replaces the token, if it is one of `ours`.
pub async fn renew(
    db: &Db,
    journal: &JournalId,
    ours: [&str; 2],
    token: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let renewed = in_tx!(tx, |c| {
        query(
        "update instances set token = $4, seen_at = $5 where journal_id = $1 and token in ($2, $3)"
    )
    .bind(journal.as_str())
    .bind(ours[0])
    .bind(ours[1])
    .bind(token)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    Ok(renewed == 1)
}

pub async fn delete(db: &Db, before: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    in_tx!(tx, |c| query("delete from instances where seen_at < $1")
        .bind(before.0)
        .execute(c)
        .await
        .map(drop))?;
    tx.commit().await
}
