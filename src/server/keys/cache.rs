//! Keys that were used lately, so that a call costs no database. An entry is forgotten when the key
//! changes, here or on another instance, and read again in the background when it is a minute
//! old; if the database is away, what is known stays good.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::RwLock;

use super::{AllowList, KeyHash, KeyPrefix, KeyTerms, Lifecycle, ParsedKey, store};
use crate::server::config::{LimitsConfig, Rate};
use crate::server::db::{Change, Changes, Db};
use crate::server::plans::{self, Terms};
use crate::server::shared::ReadCache;
use crate::server::{Error, Result};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::KeyState;
use crate::types::product::PLATFORM;
use crate::types::scope::Scope;
use crate::types::time::{MINUTE, SECOND, Timestamp};

const KNOWN: usize = 50_000;
const UNKNOWN: usize = 10_000;
const REFRESH_AFTER: i64 = MINUTE;
/// How long a call waits to learn whether a key it knows is still good, before it takes it to be.
const ASK: Duration = Duration::from_millis(500);
/// How soon it is asked again, if nobody answered.
const ASK_AGAIN: i64 = SECOND / 2;
/// How long it is remembered that no such key exists.
const UNKNOWN_FOR: i64 = 10 * SECOND;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A key as the gateway needs it.
pub struct KeyEntry {
    pub id: KeyId,
    pub org: OrgId,
    pub environment: Environment,
    pub prefix: KeyPrefix,
    pub hash: KeyHash,
    pub scopes: Arc<[Scope]>,
    pub ip_allow_list: AllowList,
    /// What its calls may cost in a calendar month, in minor units.
    pub spend_cap: Option<u64>,
    /// The key whose spending that is.
    pub spend_id: KeyId,
    lifecycle: Lifecycle,
    retirement: Option<Retirement>,
    own_rate: Option<Rate>,
    /// For calls to the platform's own API, and to no product.
    pub platform: Arc<KeyTerms>,
    /// Of the products that were called with this entry: as many as there are products at most.
    others: RwLock<Vec<Arc<KeyTerms>>>,
    /// When this was read; moved ahead by whoever goes to read it again, so that only one does.
    read_at: AtomicI64,
    /// What [`Caches::doubts`] was when this was read.
    doubts: u64,
}

impl KeyEntry {
    fn from_row(row: &store::KeyRow, platform: Terms, limits: &LimitsConfig, doubts: u64, now: Timestamp) -> Result<Self> {
        let id: KeyId = row.id.parse().map_err(anyhow::Error::from)?;
        let org: OrgId = row.org_id.parse().map_err(anyhow::Error::from)?;
        let prefix = KeyPrefix::parse(&row.prefix).ok_or_else(|| anyhow::anyhow!("key {id} has a malformed prefix"))?;
        let bounds = row.bounds()?;
        let own_rate = bounds.rate_limit.map(|rate| Rate { calls: rate.calls, seconds: rate.seconds });
        Ok(Self {
            environment: row.environment()?,
            prefix,
            hash: row.hash()?,
            scopes: row.scopes()?.into(),
            ip_allow_list: bounds.ip_allow_list,
            spend_cap: bounds.spend_cap,
            spend_id: row.spend_id().parse().map_err(anyhow::Error::from)?,
            lifecycle: row.lifecycle(),
            retirement: Retirement::of(row)?,
            platform: Arc::new(KeyTerms::new(PLATFORM.into(), &id, &org, own_rate, platform, limits)?),
            others: RwLock::default(),
            own_rate,
            id,
            org,
            read_at: AtomicI64::new(now.0),
            doubts,
        })
    }

    /// What holds for calls to `product`, as far as it is in memory.
    pub fn terms(&self, product: &str) -> Option<Arc<KeyTerms>> {
        self.others.read().iter().find(|terms| &*terms.product == product).cloned()
    }

    async fn add_terms(&self, db: &Db, product: &Arc<str>, limits: &LimitsConfig) -> Result<Arc<KeyTerms>> {
        let plan = plans::to_call(db, &self.org, self.environment, product).await?;
        let terms = Arc::new(KeyTerms::new(Arc::clone(product), &self.id, &self.org, self.own_rate, plan, limits)?);
        let mut others = self.others.write();
        others.retain(|known| known.product != *product);
        others.push(Arc::clone(&terms));
        Ok(terms)
    }

    pub fn state(&self, now: Timestamp) -> KeyState {
        self.lifecycle.state(now)
    }

    /// When it ends, by expiry or because another takes over.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.lifecycle.ends_at()
    }

    /// Tells the caller of a rotated key, while it still works, to take the new one.
    pub fn tell_retirement(&self, now: Timestamp, headers: &mut HeaderMap) {
        if let Some(retirement) = &self.retirement
            && now < retirement.at
        {
            headers.insert(DEPRECATION, retirement.deprecation.clone());
            headers.insert(SUNSET, retirement.sunset.clone());
        }
    }
}

/// The end of a rotated key, as its headers tell it.
struct Retirement {
    at: Timestamp,
    /// When the rotation began, as `@` and unix seconds (RFC 9745).
    deprecation: HeaderValue,
    /// When the key ends, as an HTTP date (RFC 8594).
    sunset: HeaderValue,
}

impl Retirement {
    fn of(row: &store::KeyRow) -> Result<Option<Self>> {
        let Some((began, at)) = row.rotated_at.zip(row.retires_at) else { return Ok(None) };
        let deprecation = HeaderValue::try_from(format!("@{}", began.div_euclid(SECOND))).map_err(anyhow::Error::from)?;
        let sunset = HeaderValue::try_from(Timestamp(at).http_date()).map_err(anyhow::Error::from)?;
        Ok(Some(Self { at: Timestamp(at), deprecation, sunset }))
    }
}

pub struct KeyCache(Arc<Caches>);

struct Caches {
    known: ReadCache<KeyPrefix, Arc<KeyEntry>>,
    /// Prefixes that no key has, with the time until which that is believed. Kept apart, so that
    /// somebody who guesses keys cannot push out those that work.
    unknown: ReadCache<KeyPrefix, i64>,
    limits: LimitsConfig,
    /// Counts how often other instances' changes may have been missed.
    doubts: AtomicU64,
}

impl KeyCache {
    pub fn new(limits: &LimitsConfig, changes: &Changes) -> Self {
        let caches = Arc::new(Caches {
            known: ReadCache::new(KNOWN),
            unknown: ReadCache::new(UNKNOWN),
            limits: limits.clone(),
            doubts: AtomicU64::new(0),
        });
        let told = Arc::clone(&caches);
        changes.listen(move |change| told.forget(change));
        Self(caches)
    }

    /// The key with this prefix, if it is in memory, nothing casts doubt on it, and it need not be read again.
    pub fn fresh(&self, prefix: KeyPrefix, now: Timestamp) -> Option<Arc<KeyEntry>> {
        let is_fresh = |entry: &Arc<KeyEntry>| {
            entry.doubts == self.0.doubts.load(Ordering::Relaxed) && now.0 - entry.read_at.load(Ordering::Relaxed) <= REFRESH_AFTER
        };
        self.0.known.get(&prefix).filter(is_fresh)
    }

    /// What holds for the key's calls to `product`.
    ///
    /// # Errors
    /// `not_subscribed`, where the product has plans and the organisation is on none of them.
    pub async fn terms(&self, db: &Db, entry: &KeyEntry, product: &Arc<str>) -> Result<Arc<KeyTerms>> {
        match entry.terms(product) {
            Some(terms) => Ok(terms),
            None => entry.add_terms(db, product, &self.0.limits).await,
        }
    }

    /// Whether this very key was found to exist, lately.
    pub fn knows(&self, key: &ParsedKey) -> bool {
        self.0.known.get(&key.prefix).is_some_and(|entry| entry.hash.matches(&key.hash))
    }

    /// The key with this prefix, from memory where possible.
    pub async fn find(&self, db: &Db, prefix: KeyPrefix, now: Timestamp) -> Result<Option<Arc<KeyEntry>>> {
        let caches = &self.0;
        if let Some(entry) = caches.known.get(&prefix) {
            let read_at = entry.read_at.load(Ordering::Relaxed);
            let is_doubtful = entry.doubts != caches.doubts.load(Ordering::Relaxed);
            let again_after = if is_doubtful { ASK_AGAIN } else { REFRESH_AFTER };
            // One caller reads it again; the others go on with what is known meanwhile.
            let is_mine = now.0 - read_at > again_after
                && entry.read_at.compare_exchange(read_at, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            if is_mine && is_doubtful {
                // It may have been revoked elsewhere. Where nobody answers, what is known is good.
                if let Ok(Ok(found)) = tokio::time::timeout(ASK, caches.read(db, prefix, now)).await {
                    return Ok(found);
                }
            } else if is_mine {
                let (caches, db) = (Arc::clone(caches), db.clone());
                tokio::spawn(async move {
                    if let Err(cause) = caches.read(&db, prefix, now).await {
                        tracing::warn!(%cause, "cannot read a key again; what is known of it stays");
                    }
                });
            }
            return Ok(Some(entry));
        }
        if caches.unknown.get(&prefix).is_some_and(|until| now.0 < until) {
            return Ok(None);
        }
        caches.read(db, prefix, now).await
    }
}

impl Caches {
    async fn read(&self, db: &Db, prefix: KeyPrefix, now: Timestamp) -> Result<Option<Arc<KeyEntry>>> {
        let (known, unknown) = (self.known.epoch(), self.unknown.epoch());
        let doubts = self.doubts.load(Ordering::Relaxed);
        let Some(row) = store::find_by_prefix(db, prefix).await? else {
            self.known.forget(&prefix);
            self.unknown.keep(unknown, prefix, now.0 + UNKNOWN_FOR);
            return Ok(None);
        };
        let org = row.org_id.parse().map_err(anyhow::Error::from)?;
        let missing = || Error::from(anyhow::anyhow!("the organisation {org} has no plan"));
        let terms = plans::terms(db, &org, PLATFORM).await?.ok_or_else(missing)?;
        let entry = Arc::new(KeyEntry::from_row(&row, terms, &self.limits, doubts, now)?);
        // Read with the key, or the next call to each product would have to wait for it.
        let products: Vec<Arc<str>> = self
            .known
            .get(&prefix)
            .iter()
            .flat_map(|old| old.others.read().iter().map(|terms| Arc::clone(&terms.product)).collect::<Vec<_>>())
            .collect();
        for product in products {
            match entry.add_terms(db, &product, &self.limits).await {
                Err(error) if error.code() != Code::NotSubscribed => return Err(error),
                _ => {}
            }
        }
        self.known.keep(known, prefix, Arc::clone(&entry));
        Ok(Some(entry))
    }

    fn forget(&self, change: &Change) {
        match change {
            Change::Key(prefix) => {
                if let Some(prefix) = KeyPrefix::parse(prefix) {
                    self.known.forget(&prefix);
                    self.unknown.forget(&prefix);
                }
            }
            Change::Org(org) => self.known.forget_if(|entry| entry.org.as_str() == org),
            Change::Unsure => {
                self.doubts.fetch_add(1, Ordering::Relaxed);
            }
            Change::Customer(_) | Change::Product(_) | Change::Deliveries => {}
            Change::Everything => {
                self.known.forget_all();
                self.unknown.forget_all();
            }
        }
    }
}
