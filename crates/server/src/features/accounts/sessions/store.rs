//! All SQL of sessions.

use tollgate_types::bounds::SESSIONS;
use tollgate_types::id::{OrgId, SessionId, UserId};
use tollgate_types::time::Timestamp;

use super::token::TokenHash;
use crate::Result;
use crate::db::{CHUNK, Db, Expired, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    #[sqlx(try_from = "String")]
    pub id: SessionId,
    #[sqlx(try_from = "String")]
    pub user_id: UserId,
    pub org_id: Option<String>,
    pub last_seen_at: i64,
    pub name: String,
    pub email: String,
    pub email_verified_at: Option<i64>,
    pub is_operator: bool,
}

#[derive(sqlx::FromRow)]
pub struct ListedRow {
    #[sqlx(try_from = "String")]
    pub id: SessionId,
    pub source_ip: String,
    pub user_agent: String,
    pub created_at: i64,
    pub last_seen_at: i64,
}

pub struct NewSession<'a> {
    pub id: &'a SessionId,
    pub token_hash: TokenHash,
    pub user_id: &'a UserId,
    pub org_id: Option<&'a OrgId>,
    pub source_ip: &'a str,
    pub user_agent: &'a str,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

const FIND: &str = "
    select s.id, s.user_id, s.org_id, s.last_seen_at, u.name, u.email, u.email_verified_at, u.is_operator
    from sessions s join users u on u.id = s.user_id
    where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3";

/// The session with this token, unless it has expired at `now` or was last used before
/// `idle_since`.
pub async fn find(
    db: &Db,
    hash: &TokenHash,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<SessionRow>> {
    Ok(on!(db, |c| sqlx::query_as(FIND)
        .bind(&hash[..])
        .bind(now.0)
        .bind(idle_since.0)
        .fetch_optional(c)
        .await)?)
}

const LIST: &str = "
    select id, source_ip, user_agent, created_at, last_seen_at from sessions
    where user_id = $1 and expires_at > $2 and last_seen_at > $3
    order by last_seen_at desc, id desc limit $4";

pub async fn list(
    db: &Db,
    user: &UserId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<ListedRow>> {
    Ok(on!(db, |c| sqlx::query_as(LIST)
        .bind(user.as_str())
        .bind(now.0)
        .bind(idle_since.0)
        .bind(SESSIONS as i64)
        .fetch_all(c)
        .await)?)
}

const INSERT: &str = "
    insert into sessions (id, token_hash, user_id, org_id, source_ip, user_agent, created_at, last_seen_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7, $8)";

pub async fn insert(tx: &mut Tx, new: &NewSession<'_>) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(&new.token_hash[..])
        .bind(new.user_id.as_str())
        .bind(new.org_id.map(OrgId::as_str))
        .bind(new.source_ip)
        .bind(new.user_agent)
        .bind(new.created_at.0)
        .bind(new.expires_at.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const TOUCH: &str = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";

pub async fn touch(tx: &mut Tx, id: &SessionId, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(TOUCH).bind(id.as_str()).bind(now.0).execute(c).await.map(drop))?;
    Ok(())
}

const CHOOSE_ORG: &str = "update sessions set org_id = $2 where id = $1";

pub async fn choose_org(tx: &mut Tx, id: &SessionId, org: &OrgId) -> Result<()> {
    in_tx!(tx, |c| sqlx::query(CHOOSE_ORG)
        .bind(id.as_str())
        .bind(org.as_str())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

const DELETE_BY_TOKEN: &str = "delete from sessions where token_hash = $1 returning user_id";

/// The person of the deleted session, if there was one.
pub async fn delete_by_token(tx: &mut Tx, hash: &TokenHash) -> Result<Option<String>> {
    let row: Option<(String,)> =
        in_tx!(tx, |c| sqlx::query_as(DELETE_BY_TOKEN).bind(&hash[..]).fetch_optional(c).await)?;
    Ok(row.map(|(user,)| user))
}

const DELETE: &str = "delete from sessions where id = $1 and user_id = $2 returning id";

/// True if this person had such a session.
pub async fn delete(tx: &mut Tx, id: &SessionId, user: &UserId) -> Result<bool> {
    let row: Option<(String,)> = in_tx!(tx, |c| sqlx::query_as(DELETE)
        .bind(id.as_str())
        .bind(user.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.is_some())
}

const DELETE_OTHERS: &str = "delete from sessions where user_id = $1 and (cast($2 as text) is null or id <> $2) returning id";

/// Deletes all sessions of a person except `keep`; returns their number.
pub async fn delete_others(tx: &mut Tx, user: &UserId, keep: Option<&SessionId>) -> Result<usize> {
    let rows: Vec<(String,)> = in_tx!(tx, |c| sqlx::query_as(DELETE_OTHERS)
        .bind(user.as_str())
        .bind(keep.map(SessionId::as_str))
        .fetch_all(c)
        .await)?;
    Ok(rows.len())
}

/// Sessions that expired before a time.
pub const EXPIRED: Expired = Expired {
    any: "select id from sessions where expires_at <= $1 limit 1",
    delete: "delete from sessions where id in (select id from sessions where expires_at <= $1 order by expires_at limit $2)",
    chunk: CHUNK,
};

/// Sessions that were last used before a time.
pub const IDLE: Expired = Expired {
    any: "select id from sessions where last_seen_at <= $1 limit 1",
    delete: "delete from sessions where id in (select id from sessions where last_seen_at <= $1 order by last_seen_at limit $2)",
    chunk: CHUNK,
};
