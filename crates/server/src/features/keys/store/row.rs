//! A key as it is stored: all statements that name the columns of its settings.

use sqlx::{query, query_as};
use tollgate_types::environment::Environment;
use tollgate_types::id::KeyId;
use tollgate_types::key::{KeyState, KeyView, RateLimit};
use tollgate_types::scope::Scope;
use tollgate_types::time::Timestamp;

use crate::db::{Tx, in_tx};
use crate::keys::{AllowList, KeyHash, Lifecycle, Settings};
use crate::{Error, Result};

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

/// The columns that are read.
macro_rules! key {
    ($of:literal) => {
        $crate::db::columns!($of: id, org_id, environment, prefix, key_hash, name, scopes,
            created_by, created_at, expires_at, disabled_at, revoked_at, last_used_at, last_used_ip,
            last_used_agent, rotated_from, rotated_to, rotated_at, retires_at, ip_allow_list,
            rate_calls, rate_seconds, spend_cap, spend_id)
    };
}

pub(super) use key;

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
        let settings = self.settings()?;
        let id = |text: &Option<String>| {
            text.as_deref().map(str::parse::<KeyId>).transpose().map_err(anyhow::Error::from)
        };
        Ok(KeyView {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            name: self.name.clone(),
            environment: self.environment()?,
            prefix: self.prefix.clone(),
            scopes: self.scopes()?,
            state: self.state(now),
            ip_allow_list: settings.ip_allow_list.texts(),
            rate_limit: settings.rate_limit,
            spend_cap: settings.spend_cap,
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

    pub fn settings(&self) -> Result<Settings> {
        let number =
            |value: Option<i64>| value.map(u32::try_from).transpose().map_err(anyhow::Error::from);
        let rate = number(self.rate_calls)?.zip(number(self.rate_seconds)?);
        let entries: Vec<String> = serde_json::from_str(&self.ip_allow_list)?;
        Ok(Settings {
            ip_allow_list: AllowList::from_texts(&entries)?,
            rate_limit: rate.map(|(calls, seconds)| RateLimit { calls, seconds }),
            spend_cap: self.spend_cap.map(i64::unsigned_abs),
        })
    }

    pub fn set_settings(&mut self, settings: &Settings) -> Result<()> {
        self.ip_allow_list = serde_json::to_string(&settings.ip_allow_list.texts())?;
        self.rate_calls = settings.rate_limit.map(|rate| rate.calls.into());
        self.rate_seconds = settings.rate_limit.map(|rate| rate.seconds.into());
        self.spend_cap =
            settings.spend_cap.map(i64::try_from).transpose().map_err(anyhow::Error::from)?;
        Ok(())
    }

    /// The key whose spending its calls add to, so that a rotation does not reset a cap.
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
        KeyHash::from_bytes(&self.key_hash).ok_or_else(|| {
            Error::from(anyhow::anyhow!("key {} has a hash of the wrong length", self.id))
        })
    }
}

/// Stores a new key.
pub async fn insert(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "insert into keys (id, org_id, environment, prefix, key_hash, name, scopes, created_by,
             created_at, expires_at, rotated_from, ip_allow_list, rate_calls, rate_seconds,
             spend_cap, spend_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
        .map(drop)
    })?;
    Ok(())
}

/// Writes the fields that an update can change.
pub async fn update(tx: &mut Tx, row: &KeyRow) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "update keys set name = $3, scopes = $4, ip_allow_list = $5, rate_calls = $6,
             rate_seconds = $7, spend_cap = $8
             where org_id = $1 and id = $2",
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
        .map(drop)
    })?;
    Ok(())
}

/// The key whose spending a key's calls add to, and its maximum per month, in minor units.
pub struct Spending {
    pub spend_id: String,
    pub cap: Option<u64>,
}

/// `None` for a key that does not exist.
pub async fn spending(tx: &mut Tx, org: &str, key: &str) -> Result<Option<Spending>> {
    let found: Option<(String, Option<i64>)> = in_tx!(tx, |c| query_as(
        "select coalesce(spend_id, id), spend_cap from keys where org_id = $1 and id = $2"
    )
    .bind(org)
    .bind(key)
    .fetch_optional(c)
    .await)?;
    Ok(found.map(|(spend_id, cap)| Spending { spend_id, cap: cap.map(i64::unsigned_abs) }))
}
