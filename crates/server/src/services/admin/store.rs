//! All SQL of admin tokens.

use sqlx::{query, query_as};
use tollgate_types::admin::AdminTokenView;
use tollgate_types::id::AdminTokenId;
use tollgate_types::time::Timestamp;

use super::token::TokenHash;
use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct TokenRow {
    pub id: String,
    name: String,
    prefix: String,
    created_at: i64,
    pub last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TokenRow {
    pub fn view(self) -> Result<AdminTokenView> {
        Ok(AdminTokenView {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            name: self.name,
            prefix: self.prefix,
            created_at: Timestamp(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp),
            revoked_at: self.revoked_at.map(Timestamp),
        })
    }
}

pub async fn list(db: &Db) -> Result<Vec<TokenRow>> {
    Ok(on!(db, |c| {
        query_as(
        "select id, name, prefix, created_at, last_used_at, revoked_at from admin_tokens order by case when revoked_at is null then 0 else 1 end, id desc limit 1000"
    )
    .fetch_all(c)
    .await
    })?)
}

pub async fn find_in(tx: &mut Tx, id: &AdminTokenId) -> Result<Option<TokenRow>> {
    Ok(in_tx!(tx, |c| {
        query_as("select id, name, prefix, created_at, last_used_at, revoked_at from admin_tokens where id = $1")
        .bind(id.as_str())
        .fetch_optional(c)
        .await
    })?)
}

/// The token with this hash, if it is not revoked.
pub async fn find_working(db: &Db, hash: &TokenHash) -> Result<Option<TokenRow>> {
    Ok(on!(db, |c| {
        query_as(
        "select id, name, prefix, created_at, last_used_at, revoked_at from admin_tokens where token_hash = $1 and revoked_at is null"
    )
    .bind(&hash[..])
    .fetch_optional(c)
    .await
    })?)
}

pub async fn count_working(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) =
        in_tx!(tx, |c| query_as("select count(*) from admin_tokens where revoked_at is null")
            .fetch_one(c)
            .await)?;
    Ok(count)
}

pub async fn insert(
    tx: &mut Tx,
    id: &AdminTokenId,
    name: &str,
    prefix: &str,
    hash: &TokenHash,
    created_by: &str,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "insert into admin_tokens (id, name, prefix, token_hash, created_by, created_at) values ($1, $2, $3, $4, $5, $6)"
    )
    .bind(id.as_str())
    .bind(name)
    .bind(prefix)
    .bind(&hash[..])
    .bind(created_by)
    .bind(now.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub async fn touch(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("update admin_tokens set last_used_at = $2 where id = $1")
        .bind(id)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// False if there is no such token, or if it was already revoked.
pub async fn revoke(tx: &mut Tx, id: &AdminTokenId, now: Timestamp) -> Result<bool> {
    let revoked = in_tx!(tx, |c| query(
        "update admin_tokens set revoked_at = $2 where id = $1 and revoked_at is null"
    )
    .bind(id.as_str())
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(revoked > 0)
}

pub async fn delete_revoked_before(tx: &mut Tx, before: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("delete from admin_tokens where revoked_at < $1")
        .bind(before.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
