//! SQL for keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as, query_scalar};

use super::{AllowList, Bounds, KeyHash, KeyPrefix, Lifecycle};
use crate::server::db::{Db, Tx, TxInner, in_tx, on};
use crate::server::{Error, Result};
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::{KeyState, KeyView, RateLimit};
use crate::types::scope::Scope;
use crate::types::time::Timestamp;

#[derive(Clone, Default, sqlx::FromRow)]
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
    pub rotated_from: Option<String>,
    pub rotated_to: Option<String>,
    pub rotated_at: Option<i64>,
    pub retires_at: Option<i64>,
    pub ip_allow_list: String,
    pub rate_calls: Option<i64>,
    pub rate_seconds: Option<i64>,
    pub spend_cap: Option<i64>,
    pub spend_id: Option<String>,
}

impl KeyRow {
    pub fn lifecycle(&self) -> Lifecycle {
        Lifecycle {
            is_revoked: self.revoked_at.is_some(),
            is_disabled: self.disabled_at.is_some(),
            retires_at: self.retires_at.map(Timestamp),
            expires_at: self.expires_at.map(Timestamp),
        }
    }

    pub fn state(&self, now: Timestamp) -> KeyState {
        self.lifecycle().state(now)
    }

    pub fn view(&self, now: Timestamp) -> Result<KeyView> {
        let bounds = self.bounds()?;
        let id = |text: &Option<String>| text.as_deref().map(str::parse::<KeyId>).transpose().map_err(anyhow::Error::from);
        Ok(KeyView {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            name: self.name.clone(),
            environment: self.environment()?,
            prefix: self.prefix.clone(),
            scopes: self.scopes()?,
            state: self.state(now),
            ip_allow_list: bounds.ip_allow_list.texts(),
            rate_limit: bounds.rate_limit,
            spend_cap: bounds.spend_cap,
            created_at: Timestamp(self.created_at),
            expires_at: self.expires_at.map(Timestamp),
            rotated_from: id(&self.rotated_from)?,
            rotated_to: id(&self.rotated_to)?,
            rotated_at: self.rotated_at.map(Timestamp),
            retires_at: self.retires_at.map(Timestamp),
            last_used_at: self.last_used_at.map(Timestamp),
            last_used_ip: self.last_used_ip.clone(),
            last_used_agent: self.last_used_agent.clone(),
        })
    }

    pub fn bounds(&self) -> Result<Bounds> {
        let number = |value: Option<i64>| value.map(u32::try_from).transpose().map_err(anyhow::Error::from);
        let rate = number(self.rate_calls)?.zip(number(self.rate_seconds)?);
        let entries: Vec<String> = serde_json::from_str(&self.ip_allow_list)?;
        Ok(Bounds {
            ip_allow_list: AllowList::from_texts(&entries)?,
            rate_limit: rate.map(|(calls, seconds)| RateLimit { calls, seconds }),
            spend_cap: self.spend_cap.map(i64::unsigned_abs),
        })
    }

    pub fn set_bounds(&mut self, bounds: &Bounds) -> Result<()> {
        self.ip_allow_list = serde_json::to_string(&bounds.ip_allow_list.texts())?;
        self.rate_calls = bounds.rate_limit.map(|rate| rate.calls.into());
        self.rate_seconds = bounds.rate_limit.map(|rate| rate.seconds.into());
        self.spend_cap = bounds.spend_cap.map(i64::try_from).transpose().map_err(anyhow::Error::from)?;
        Ok(())
    }

    /// The key whose spending its calls add to, so that no rotation begins a cap anew.
    pub fn spend_id(&self) -> &str {
        self.spend_id.as_deref().unwrap_or(&self.id)
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
        "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at, expires_at,
         rotated_from, ip_allow_list, rate_calls, rate_seconds, spend_cap, spend_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
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
    .bind(&row.rotated_from)
    .bind(&row.ip_allow_list)
    .bind(row.rate_calls)
    .bind(row.rate_seconds)
    .bind(row.spend_cap)
    .bind(&row.spend_id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Keys that are neither revoked nor retired.
pub async fn count_unrevoked(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<i64> {
    Ok(in_tx!(tx, |c| query_scalar(
        "select count(*) from keys where org_id = $1 and revoked_at is null and (retires_at is null or retires_at > $2)"
    )
    .bind(org.as_str())
    .bind(now.0)
    .fetch_one(c)
    .await)?)
}

/// Usable keys, for the overview.
pub async fn count_active(db: &Db, org: &OrgId, environment: Environment, now: Timestamp) -> Result<i64> {
    Ok(on!(db, |c| query_scalar(
        "select count(*) from keys where org_id = $1 and environment = $2 and revoked_at is null and disabled_at is null
         and (expires_at is null or expires_at > $3) and (retires_at is null or retires_at > $3)"
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

/// Notes which key takes over, and until when this one works.
pub async fn set_rotation(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| query("update keys set rotated_to = $3, rotated_at = $4, retires_at = $5 where org_id = $1 and id = $2")
        .bind(&row.org_id)
        .bind(&row.id)
        .bind(&row.rotated_to)
        .bind(row.rotated_at)
        .bind(row.retires_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes what an update can change.
pub async fn set_settings(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| query(
        "update keys set name = $3, scopes = $4, ip_allow_list = $5, rate_calls = $6, rate_seconds = $7, spend_cap = $8
         where org_id = $1 and id = $2"
    )
    .bind(&row.org_id)
    .bind(&row.id)
    .bind(&row.name)
    .bind(&row.scopes)
    .bind(&row.ip_allow_list)
    .bind(row.rate_calls)
    .bind(row.rate_seconds)
    .bind(row.spend_cap)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Organisation and id of keys that expire after `from` and until `to`, were made more than `length` before
/// that, still take their own calls, and of which `notice` was not told.
pub async fn expiring(db: &Db, from: Timestamp, to: Timestamp, length: i64, notice: &str, limit: i64) -> Result<Vec<(String, String)>> {
    Ok(on!(db, |c| query_as(
        "select org_id, id from keys
         where expires_at > $1 and expires_at <= $2 and created_at < expires_at - $3 and revoked_at is null and rotated_to is null
         and not exists (select 1 from key_notices n where n.key_id = keys.id and n.notice = $4)
         order by expires_at, id limit $5"
    )
    .bind(from.0)
    .bind(to.0)
    .bind(length)
    .bind(notice)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// False if it was noted before; an instance that does so at this moment is waited for.
pub async fn insert_notice(tx: &mut Tx, key: &KeyId, notice: &str, now: Timestamp) -> Result<bool> {
    let inserted = in_tx!(tx, |c| query(
        "insert into key_notices (key_id, notice, created_at) values ($1, $2, $3) on conflict (key_id, notice) do nothing"
    )
    .bind(key.as_str())
    .bind(notice)
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

pub async fn delete_notices(tx: &mut Tx, before: Timestamp) -> Result<()> {
    in_tx!(tx, |c| query("delete from key_notices where created_at < $1").bind(before.0).execute(c).await.map(drop))?;
    Ok(())
}

/// For authentication, which knows no tenant yet: the key itself says whose it is.
pub async fn find_by_prefix(db: &Db, prefix: KeyPrefix) -> Result<Option<KeyRow>> {
    let prefix = prefix.to_string();
    Ok(on!(db, |c| query_as("select * from keys where prefix = $1").bind(&prefix).fetch_optional(c).await)?)
}

/// Whose spending a key's calls add to, and the most that it may come to in a month, in minor units.
pub struct Spending {
    pub spend_id: String,
    pub cap: Option<u64>,
}

/// None for a key that does not exist.
pub async fn spending(tx: &mut Tx, org: &str, key: &str) -> Result<Option<Spending>> {
    let found: Option<(String, Option<i64>)> =
        in_tx!(tx, |c| query_as("select coalesce(spend_id, id), spend_cap from keys where org_id = $1 and id = $2")
            .bind(org)
            .bind(key)
            .fetch_optional(c)
            .await)?;
    Ok(found.map(|(spend_id, cap)| Spending { spend_id, cap: cap.map(i64::unsigned_abs) }))
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

/// Locks keys in the order of their ids. An update locks in whatever order it finds them, so two of the same keys
/// could wait for each other. The embedded database has one writer.
async fn lock(tx: &mut Tx, ids: impl Iterator<Item = Arc<str>>) -> Result<()> {
    if let TxInner::Postgres(tx) = &mut tx.inner {
        let mut select = QueryBuilder::new("select id from keys where id in (");
        let mut list = select.separated(", ");
        ids.for_each(|id| {
            list.push_bind(id);
        });
        select.push(") order by id for no key update").build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Notes the last use of keys, by their ids, where it is newer than what is known.
pub async fn set_last_used(tx: &mut Tx, uses: &BTreeMap<Arc<str>, LastUse>) -> Result<()> {
    let uses: Vec<_> = uses.iter().collect();
    for uses in uses.chunks(LAST_USED_ROWS) {
        lock(tx, uses.iter().map(|(id, _)| Arc::clone(id))).await?;
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
