//! The single-use links in mails (table `one_time_tokens`).

use tollgate_types::id::UserId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::accounts::sessions::TokenHash;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

const INSERT: &str = "
    insert into one_time_tokens (token_hash, user_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5)";

pub async fn insert(
    tx: &mut Tx,
    hash: &TokenHash,
    user: &UserId,
    purpose: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
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
    in_tx!(tx, |c| sqlx::query(DELETE_OF_USER)
        .bind(user.as_str())
        .bind(purpose)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const OWNER: &str = "
    select user_id from one_time_tokens where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3";

/// The account of a link, if the link is open.
pub async fn owner(
    db: &Db,
    hash: &TokenHash,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<UserId>> {
    let row: Option<UserIdRow> = on!(db, |c| sqlx::query_as(OWNER)
        .bind(&hash[..])
        .bind(purpose)
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| row.user_id))
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

/// Uses up the link, if it is open; returns its account.
pub async fn use_up(
    tx: &mut Tx,
    hash: &TokenHash,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<UserId>> {
    let row: Option<UserIdRow> = in_tx!(tx, |c| sqlx::query_as(USE)
        .bind(&hash[..])
        .bind(purpose)
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|row| row.user_id))
}

const HAS_VERIFIED: &str = "
    select u.id from one_time_tokens t join users u on u.id = t.user_id
    where t.token_hash = $1 and t.purpose = $2 and t.used_at is not null and u.email_verified_at is not null";

/// True for a used link: opening it again succeeds.
pub async fn has_verified(tx: &mut Tx, hash: &TokenHash, purpose: &str) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(HAS_VERIFIED)
        .bind(&hash[..])
        .bind(purpose)
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

/// Links that expired before a time.
pub const EXPIRED: Expired = Expired {
    any: "select token_hash from one_time_tokens where expires_at <= $1 limit 1",
    delete: "delete from one_time_tokens where token_hash in
        (select token_hash from one_time_tokens where expires_at <= $1 order by expires_at limit $2)",
    chunk: CHUNK,
};
