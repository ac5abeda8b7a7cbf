//! SQL for keys.

mod last_used;
mod notices;
mod row;

use sqlx::{query, query_as, query_scalar};
use tollgate_types::environment::Environment;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::key::KeyState;
use tollgate_types::time::Timestamp;

pub use last_used::{LastUse, set_last_used};
pub use notices::{OLD_NOTICES, expiring, insert_notice};
use row::key;
pub use row::{KeyRow, insert, spending, update};

use super::KeyPrefix;
use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

/// Keys that are neither revoked nor retired.
pub async fn count_unrevoked(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<i64> {
    Ok(in_tx!(tx, |c| {
        query_scalar(
            "select count(*) from keys where org_id = $1 and revoked_at is null
             and (retires_at is null or retires_at > $2)",
        )
        .bind(org.as_str())
        .bind(now.0)
        .fetch_one(c)
        .await
    })?)
}

/// Usable keys, for the overview.
pub async fn count_active(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    now: Timestamp,
) -> Result<i64> {
    Ok(on!(db, |c| {
        query_scalar(
            "select count(*) from keys where org_id = $1 and environment = $2
             and revoked_at is null and disabled_at is null
             and (expires_at is null or expires_at > $3)
             and (retires_at is null or retires_at > $3)",
        )
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(now.0)
        .fetch_one(c)
        .await
    })?)
}

/// The filter of a search for keys.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Part of the name, the start of the prefix, or the id; everything, if empty.
    pub text: &'a str,
    pub state: Option<KeyState>,
}

/// The `case` repeats [`Lifecycle::state`](super::Lifecycle::state); a test compares them.
const SEARCH: &str = concat!(
    "select ",
    key!("keys"),
    " from keys where org_id = $1 and environment = $2 and (cast($3 as text) is null or id < $3)
     and ($4 = '' or id = $4 or substr(prefix, 1, length($4)) = $4 or name like $5 escape '!'
     or lower(name) like $6 escape '!')
     and (cast($7 as text) is null or $7 = case
        when revoked_at is not null or retires_at <= $8 then 'revoked'
        when expires_at <= $8 then 'expired'
        when disabled_at is not null then 'disabled'
        when retires_at is not null then 'rotating'
        else 'active' end)
     order by id desc limit $9"
);

pub async fn search(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    wanted: Wanted<'_>,
    before: Option<&KeyId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<KeyRow>> {
    let escaped = wanted.text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    // Both, because the databases differ in how `like` and `lower` treat letters beyond ASCII.
    let (as_written, lower) = (format!("%{escaped}%"), format!("%{}%", escaped.to_lowercase()));
    Ok(on!(db, |c| query_as(SEARCH)
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(before.map(KeyId::as_str))
        .bind(wanted.text)
        .bind(&as_written)
        .bind(&lower)
        .bind(wanted.state.map(KeyState::as_str))
        .bind(now.0)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Option<Environment>,
    before: Option<&KeyId>,
    limit: i64,
) -> Result<Vec<KeyRow>> {
    Ok(on!(db, |c| {
        query_as(concat!(
            "select ",
            key!("keys"),
            " from keys where org_id = $1
             and (cast($2 as text) is null or environment = $2)
             and (cast($3 as text) is null or id < $3)
             order by id desc limit $4"
        ))
        .bind(org.as_str())
        .bind(environment.map(Environment::as_str))
        .bind(before.map(KeyId::as_str))
        .bind(limit)
        .fetch_all(c)
        .await
    })?)
}

pub async fn find(
    db: &Db,
    org: &OrgId,
    environment: Option<Environment>,
    id: &KeyId,
) -> Result<Option<KeyRow>> {
    Ok(on!(db, |c| {
        query_as(concat!(
            "select ",
            key!("keys"),
            " from keys where org_id = $1 and (cast($2 as text) is null or environment = $2)
             and id = $3"
        ))
        .bind(org.as_str())
        .bind(environment.map(Environment::as_str))
        .bind(id.as_str())
        .fetch_optional(c)
        .await
    })?)
}

/// Like [`find`], inside a transaction that will change the row: no other transaction can change it
/// meanwhile.
pub async fn find_for_update(
    tx: &mut Tx,
    org: &OrgId,
    environment: Option<Environment>,
    id: &KeyId,
) -> Result<Option<KeyRow>> {
    // Updating the row locks it on PostgreSQL; on SQLite the transaction already has the lock.
    Ok(in_tx!(tx, |c| {
        query_as(concat!(
            "update keys set name = name where org_id = $1
             and (cast($2 as text) is null or environment = $2) and id = $3 returning ",
            key!("keys")
        ))
        .bind(org.as_str())
        .bind(environment.map(Environment::as_str))
        .bind(id.as_str())
        .fetch_optional(c)
        .await
    })?)
}

pub async fn set_state(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| query(
        "update keys set disabled_at = $3, revoked_at = $4 where org_id = $1 and id = $2"
    )
    .bind(&row.org_id)
    .bind(&row.id)
    .bind(row.disabled_at)
    .bind(row.revoked_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Stores which key replaces it, and until when this one works.
pub async fn set_rotation(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "update keys set rotated_to = $3, rotated_at = $4, retires_at = $5
             where org_id = $1 and id = $2",
        )
        .bind(&row.org_id)
        .bind(&row.id)
        .bind(&row.rotated_to)
        .bind(row.rotated_at)
        .bind(row.retires_at)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// For authentication, without a tenant: the key determines its organisation.
pub async fn find_by_prefix(db: &Db, prefix: KeyPrefix) -> Result<Option<KeyRow>> {
    let prefix = prefix.to_string();
    Ok(on!(db, |c| query_as(concat!("select ", key!("keys"), " from keys where prefix = $1"))
        .bind(&prefix)
        .fetch_optional(c)
        .await)?)
}
