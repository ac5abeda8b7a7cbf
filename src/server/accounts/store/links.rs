//! The single-use links in mails (table `one_time_tokens`).

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::session::TokenHash;
use crate::types::id::UserId;
use crate::types::time::Timestamp;

const INSERT: &str = "
    insert into one_time_tokens (token_hash, user_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5)";

pub async fn insert(tx: &mut Tx, hash: &TokenHash, user: &UserId, purpose: &str, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(&hash[..])
        .bind(user.as_str())
        .bind(purpose)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const DELETE_OF_USER: &str = "delete from one_time_tokens where user_id = $1 and purpose = $2";

pub async fn delete_of_user(tx: &mut Tx, user: &UserId, purpose: &str) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(DELETE_OF_USER).bind(user.as_str()).bind(purpose).execute(c).await.map(drop))?;
    Ok(())
}

const IS_OPEN: &str = "
    select user_id from one_time_tokens where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3";

pub async fn is_open(db: &Db, hash: &TokenHash, purpose: &str, now: Timestamp) -> Result<bool> {
    let row: Option<(String,)> = on!(db, |c| sqlx::query_as(IS_OPEN).bind(&hash[..]).bind(purpose).bind(now.0).fetch_optional(c).await)?;
    Ok(row.is_some())
}

#[derive(sqlx::FromRow)]
struct UserIdRow {
    #[sqlx(try_from = "String")]
    user_id: UserId,
}

const USE: &str = "
    update one_time_tokens set used_at = $3
    where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
    returning user_id";

/// Uses the link up, if it is open; whose it is.
pub async fn use_up(tx: &mut Tx, hash: &TokenHash, purpose: &str, now: Timestamp) -> Result<Option<UserId>> {
    let row: Option<UserIdRow> = in_tx!(tx, |c| sqlx::query_as(USE).bind(&hash[..]).bind(purpose).bind(now.0).fetch_optional(c).await)?;
    Ok(row.map(|row| row.user_id))
}

const HAS_VERIFIED: &str = "
    select u.id from one_time_tokens t join users u on u.id = t.user_id
    where t.token_hash = $1 and t.purpose = $2 and t.used_at is not null and u.email_verified_at is not null";

/// True for a link that has done its work: whoever opens it again finds all is well.
pub async fn has_verified(tx: &mut Tx, hash: &TokenHash, purpose: &str) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(HAS_VERIFIED).bind(&hash[..]).bind(purpose).fetch_optional(c).await)?;
    Ok(row.is_some())
}

const PRUNE: &str = "delete from one_time_tokens where expires_at <= $1";

pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(PRUNE).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}
