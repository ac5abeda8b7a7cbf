//! SQL for keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as, query_scalar};

use super::{KeyHash, KeyPrefix};
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::{Error, Result};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::{KeyState, KeyView};
use crate::types::scope::Scope;
use crate::types::time::Timestamp;

#[derive(sqlx::FromRow)]
pub struct KeyRow {
    pub id: String,
    pub org_id: String,
    pub environment: String,
    pub prefix: String,
    pub key_hash: Vec<u8>,
    pub name: String,
    pub scopes: String,
    pub created_by: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub disabled_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub last_used_ip: Option<String>,
    pub last_used_agent: Option<String>,
}

impl KeyRow {
    pub fn view(&self, now: Timestamp) -> Result<KeyView> {
        let state = if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now.0) {
            KeyState::Expired
        } else if self.disabled_at.is_some() {
            KeyState::Disabled
        } else {
            KeyState::Active
        };
        Ok(KeyView {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            name: self.name.clone(),
            environment: self.environment()?,
            prefix: self.prefix.clone(),
            scopes: self.scopes()?,
            state,
            created_at: Timestamp(self.created_at),
            expires_at: self.expires_at.map(Timestamp),
            last_used_at: self.last_used_at.map(Timestamp),
            last_used_ip: self.last_used_ip.clone(),
            last_used_agent: self.last_used_agent.clone(),
        })
    }

    pub fn environment(&self) -> Result<Environment> {
        Ok(self.environment.parse().map_err(anyhow::Error::from)?)
    }

    pub fn scopes(&self) -> Result<Vec<Scope>> {
        Ok(serde_json::from_str(&self.scopes)?)
    }

    pub fn hash(&self) -> Result<KeyHash> {
        KeyHash::from_bytes(&self.key_hash).ok_or_else(|| Error::from(anyhow::anyhow!("key {} has a hash of the wrong length", self.id)))
    }
}

pub async fn insert(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(&row.id)
    .bind(&row.org_id)
    .bind(&row.environment)
    .bind(&row.prefix)
    .bind(&row.key_hash)
    .bind(&row.name)
    .bind(&row.scopes)
    .bind(&row.created_by)
    .bind(row.created_at)
    .bind(row.expires_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub async fn count_unrevoked(tx: &mut Tx, org: &OrgId) -> Result<i64> {
    Ok(in_tx!(tx, |c| query_scalar("select count(*) from keys where org_id = $1 and revoked_at is null")
        .bind(org.as_str())
        .fetch_one(c)
        .await)?)
}

/// Usable keys, for the overview.
pub async fn count_active(db: &Db, org: &OrgId, environment: Environment, now: Timestamp) -> Result<i64> {
    Ok(on!(db, |c| query_scalar(
        "select count(*) from keys where org_id = $1 and environment = $2 and revoked_at is null and disabled_at is null
         and (expires_at is null or expires_at > $3)"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(now.0)
    .fetch_one(c)
    .await)?)
}

pub async fn list(db: &Db, org: &OrgId, environment: Option<Environment>, before: Option<&KeyId>, limit: i64) -> Result<Vec<KeyRow>> {
    Ok(on!(db, |c| query_as(
        "select * from keys where org_id = $1
         and (cast($2 as text) is null or environment = $2) and (cast($3 as text) is null or id < $3)
         order by id desc limit $4"
    )
    .bind(org.as_str())
    .bind(environment.map(Environment::as_str))
    .bind(before.map(KeyId::as_str))
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

pub async fn find(db: &Db, org: &OrgId, environment: Option<Environment>, id: &KeyId) -> Result<Option<KeyRow>> {
    Ok(on!(db, |c| query_as("select * from keys where org_id = $1 and (cast($2 as text) is null or environment = $2) and id = $3")
        .bind(org.as_str())
        .bind(environment.map(Environment::as_str))
        .bind(id.as_str())
        .fetch_optional(c)
        .await)?)
}

/// Like [`find`], inside a transaction that will change the row: no other can change it meanwhile.
pub async fn find_for_update(tx: &mut Tx, org: &OrgId, environment: Option<Environment>, id: &KeyId) -> Result<Option<KeyRow>> {
    // Touching the row locks it, on PostgreSQL; on SQLite the transaction has the lock already.
    Ok(in_tx!(tx, |c| query_as(
        "update keys set name = name where org_id = $1 and (cast($2 as text) is null or environment = $2) and id = $3 returning *"
    )
    .bind(org.as_str())
    .bind(environment.map(Environment::as_str))
    .bind(id.as_str())
    .fetch_optional(c)
    .await)?)
}

pub async fn set_state(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| query("update keys set disabled_at = $3, revoked_at = $4 where org_id = $1 and id = $2")
        .bind(&row.org_id)
        .bind(&row.id)
        .bind(row.disabled_at)
        .bind(row.revoked_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// For authentication, which knows no tenant yet: the key itself says whose it is.
pub async fn find_by_prefix(db: &Db, prefix: KeyPrefix) -> Result<Option<KeyRow>> {
    let prefix = prefix.to_string();
    Ok(on!(db, |c| query_as("select * from keys where prefix = $1").bind(&prefix).fetch_optional(c).await)?)
}

/// The most that the key's calls may cost in a month, in minor units.
pub async fn spend_cap(_tx: &mut Tx, _org: &OrgId, _key: &KeyId) -> Result<Option<u64>> {
    Ok(None)
}

/// Written by the journal's applier with the calls that were made.
/// Keys of one statement.
const LAST_USED_ROWS: usize = 200;

/// When a key was last used, and from where.
#[derive(Clone, Debug)]
pub struct LastUse {
    pub at: i64,
    pub ip: Arc<str>,
    pub agent: Arc<str>,
}

/// Notes the last use of keys, by their ids, where it is newer than what is known.
pub async fn set_last_used(tx: &mut Tx, uses: &BTreeMap<Arc<str>, LastUse>) -> Result<()> {
    let uses: Vec<_> = uses.iter().collect();
    for uses in uses.chunks(LAST_USED_ROWS) {
        in_tx!(tx, |c| {
            let mut update = QueryBuilder::new("with used (id, at, ip, agent) as (");
            update.push_values(uses, |mut row, (id, last)| {
                row.push_bind(Arc::clone(id)).push_bind(last.at).push_bind(Arc::clone(&last.ip)).push_bind(Arc::clone(&last.agent));
            });
            update.push(
                ") update keys set last_used_at = used.at, last_used_ip = used.ip, last_used_agent = used.agent
                 from used where keys.id = used.id and (keys.last_used_at is null or keys.last_used_at <= used.at)",
            );
            update.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// The visible prefix and the name of a key.
pub async fn label(db: &Db, org: &OrgId, id: &str) -> Result<Option<(String, String)>> {
    Ok(on!(db, |c| query_as("select prefix, name from keys where org_id = $1 and id = $2")
        .bind(org.as_str())
        .bind(id)
        .fetch_optional(c)
        .await)?)
}
