use tollgate_types::id::UserId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, TxInner, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct UserRow {
    #[sqlx(try_from = "String")]
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub password_hash: String,
    pub email_verified_at: Option<i64>,
    pub is_operator: bool,
}

const FIND_BY_EMAIL: &str = "
    select id, name, email, password_hash, email_verified_at, is_operator from users where email = $1";

pub async fn find_by_email(db: &Db, email: &str) -> Result<Option<UserRow>> {
    // PostgreSQL does not accept U+0000, and no address has one.
    if email.contains('\0') {
        return Ok(None);
    }
    Ok(on!(db, |c| sqlx::query_as(FIND_BY_EMAIL).bind(email).fetch_optional(c).await)?)
}

const FIND: &str = "select id, name, email, password_hash, email_verified_at, is_operator from users where id = $1";

pub async fn find(db: &Db, id: &UserId) -> Result<Option<UserRow>> {
    Ok(on!(db, |c| sqlx::query_as(FIND).bind(id.as_str()).fetch_optional(c).await)?)
}

pub struct NewUserRow<'a> {
    pub id: &'a UserId,
    pub name: &'a str,
    pub email: &'a str,
    pub password_hash: &'a str,
    pub is_operator: bool,
    pub email_verified_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

const INSERT: &str = "
    insert into users (id, name, email, password_hash, is_operator, email_verified_at, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7)
    on conflict (email) do nothing
    returning id";

/// False if the address has an account.
pub async fn insert(tx: &mut Tx, new: &NewUserRow<'_>) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(INSERT)
        .bind(new.id.as_str())
        .bind(new.name)
        .bind(new.email)
        .bind(new.password_hash)
        .bind(new.is_operator)
        .bind(new.email_verified_at.map(|at| at.0))
        .bind(new.created_at.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

/// Locks the person's row until the transaction ends. The embedded database has one writer, which
/// holds everything.
pub async fn hold(tx: &mut Tx, id: &UserId) -> Result<()> {
    if let TxInner::Postgres(tx) = &mut tx.inner {
        sqlx::query("select id from users where id = $1 for no key update")
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

const SET_NAME: &str = "update users set name = $2, updated_at = $3 where id = $1";

pub async fn set_name(tx: &mut Tx, id: &UserId, name: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(SET_NAME)
        .bind(id.as_str())
        .bind(name)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const SET_PASSWORD: &str =
    "update users set password_hash = $2, updated_at = $3 where id = $1 returning email";

/// Sets the hash; returns the person's address for the notification.
pub async fn set_password(tx: &mut Tx, id: &UserId, hash: &str, now: Timestamp) -> Result<String> {
    let (email,): (String,) = in_tx!(tx, |c| sqlx::query_as(SET_PASSWORD)
        .bind(id.as_str())
        .bind(hash)
        .bind(now.0)
        .fetch_one(c)
        .await)?;
    Ok(email)
}

const MARK_VERIFIED: &str = "
    update users set email_verified_at = $2, updated_at = $2 where id = $1 and email_verified_at is null returning id";

/// False if the address was already verified.
pub async fn mark_verified(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(MARK_VERIFIED)
        .bind(id.as_str())
        .bind(now.0)
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}
