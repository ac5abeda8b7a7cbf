//! SQL of notices of keys.

use sqlx::{query, query_as};
use tollgate_types::id::KeyId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

/// Organisation and id of keys that expire after `from` and until `to`, were created more than
/// `length` before that, are not rotated, and for which `notice` was not sent.
pub async fn expiring(
    db: &Db,
    from: Timestamp,
    to: Timestamp,
    length: i64,
    notice: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| {
        query_as(
            "select org_id, id from keys
             where expires_at > $1 and expires_at <= $2 and created_at < expires_at - $3
             and revoked_at is null and rotated_to is null
             and not exists (select 1 from key_notices n where n.key_id = keys.id and n.notice = $4)
             order by expires_at, id limit $5",
        )
        .bind(from.0)
        .bind(to.0)
        .bind(length)
        .bind(notice)
        .bind(limit)
        .fetch_all(c)
        .await
    })?)
}

/// False if it was already recorded; waits for an instance that does so concurrently.
pub async fn insert_notice(tx: &mut Tx, key: &KeyId, notice: &str, now: Timestamp) -> Result<bool> {
    let inserted = in_tx!(tx, |c| {
        query(
            "insert into key_notices (key_id, notice, created_at) values ($1, $2, $3)
             on conflict (key_id, notice) do nothing",
        )
        .bind(key.as_str())
        .bind(notice)
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Records of notices from before a time.
pub const OLD_NOTICES: Expired = Expired {
    any: "select key_id from key_notices where created_at < $1 limit 1",
    delete: "delete from key_notices where (key_id, notice) in
        (select key_id, notice from key_notices where created_at < $1
        order by created_at limit $2)",
    chunk: CHUNK,
};
