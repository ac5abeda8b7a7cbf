//! SQL of pending notices of breaking versions.

use sqlx::{query, query_as};
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct Open {
    pub product: String,
    pub revision: i64,
    pub version_json: String,
    pub since: i64,
    pub after_org: String,
}

/// Records that organisations after `after` must be notified of a version.
pub async fn insert(
    tx: &mut Tx,
    product: &str,
    revision: u64,
    version_json: &str,
    since: Timestamp,
    after: &str,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "insert into breaking_notices (product, revision, version_json, since, after_org, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (product, revision) do nothing"
    )
    .bind(product)
    .bind(revision.cast_signed())
    .bind(version_json)
    .bind(since.0)
    .bind(after)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The next pending version.
pub async fn first(db: &Db) -> Result<Option<Open>> {
    Ok(on!(db, |c| {
        query_as(
        "select product, revision, version_json, since, after_org from breaking_notices order by product, revision limit 1"
    )
    .fetch_optional(c)
    .await
    })?)
}

/// Records that organisations up to `next` are notified; all of them, if it is `None`. False if
/// another instance did.
pub async fn advance(tx: &mut Tx, open: &Open, next: Option<&str>) -> Result<bool> {
    let changed = match next {
        Some(next) => in_tx!(tx, |c| {
            query("update breaking_notices set after_org = $4 where product = $1 and revision = $2 and after_org = $3")
                .bind(&open.product)
                .bind(open.revision)
                .bind(&open.after_org)
                .bind(next)
                .execute(c)
                .await
                .map(|done| done.rows_affected())
        })?,
        None => in_tx!(tx, |c| {
            query("delete from breaking_notices where product = $1 and revision = $2 and after_org = $3")
            .bind(&open.product)
            .bind(open.revision)
            .bind(&open.after_org)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
        })?,
    };
    Ok(changed == 1)
}
