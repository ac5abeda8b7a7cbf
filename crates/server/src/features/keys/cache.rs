//! Recently used keys, so that a call needs no database query. An entry is dropped when the key
//! changes, here or on another instance, and reloaded in the background when it is a minute old; if
//! the database is unavailable, known entries stay valid.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::RwLock;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::key::KeyState;
use tollgate_types::product::PLATFORM;
use tollgate_types::scope::Scope;
use tollgate_types::time::{MINUTE, SECOND, Timestamp};

use super::{KeyHash, KeyPrefix, KeyTerms, Lifecycle, ParsedKey, Settings, store};
use crate::config::LimitsConfig;
use crate::db::{Change, Changes, Db};
use crate::plans::{self, Terms};
use crate::shared::ReadCache;
use crate::{Error, Result};

const KNOWN: usize = 50_000;
const UNKNOWN: usize = 10_000;
const REFRESH_AFTER: i64 = MINUTE;
/// How long a call waits for confirmation of a doubtful entry before it uses the entry.
const QUERY_TIMEOUT: Duration = Duration::from_millis(500);
/// The pause before the next query, if the last one failed.
const QUERY_AGAIN_AFTER: i64 = SECOND / 2;
/// How long it is cached that a key does not exist.
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
    pub settings: Settings,
    /// The key whose spending counts against the cap.
    pub spend_id: KeyId,
    lifecycle: Lifecycle,
    retirement: Option<Retirement>,
    /// For calls to the platform's own API, without a product.
    pub platform: Arc<KeyTerms>,
    /// Terms of the products that were called with this entry: at most one per product.
    others: RwLock<Vec<Arc<KeyTerms>>>,
    /// When this was loaded; set to the present by the task that reloads it, so that only one does.
    read_at: AtomicI64,
    /// The value of [`Caches::doubts`] when this was loaded.
    doubts: u64,
}

impl KeyEntry {
    fn from_row(
        row: &store::KeyRow,
        platform: Terms,
        limits: &LimitsConfig,
        doubts: u64,
        now: Timestamp,
    ) -> Result<Self> {
        let id: KeyId = row.id.parse().map_err(anyhow::Error::from)?;
        let org: OrgId = row.org_id.parse().map_err(anyhow::Error::from)?;
        let prefix = KeyPrefix::parse(&row.prefix)
            .ok_or_else(|| anyhow::anyhow!("key {id} has a malformed prefix"))?;
        let settings = row.settings()?;
        Ok(Self {
            environment: row.environment()?,
            prefix,
            hash: row.hash()?,
            scopes: row.scopes()?.into(),
            spend_id: row.spend_id().parse().map_err(anyhow::Error::from)?,
            lifecycle: row.lifecycle(),
            retirement: Retirement::of(row)?,
            platform: Arc::new(KeyTerms::new(
                PLATFORM.into(),
                &id,
                &org,
                settings.rate(),
                platform,
                limits,
            )?),
            others: RwLock::default(),
            settings,
            id,
            org,
            read_at: AtomicI64::new(now.0),
            doubts,
        })
    }

    /// The cached terms of calls to `product`.
    pub fn terms(&self, product: &str) -> Option<Arc<KeyTerms>> {
        self.others.read().iter().find(|terms| &*terms.product == product).cloned()
    }

    async fn add_terms(
        &self,
        db: &Db,
        product: &Arc<str>,
        limits: &LimitsConfig,
    ) -> Result<Arc<KeyTerms>> {
        let plan = plans::to_call(db, &self.org, self.environment, product).await?;
        let terms = Arc::new(KeyTerms::new(
            Arc::clone(product),
            &self.id,
            &self.org,
            self.settings.rate(),
            plan,
            limits,
        )?);
        let mut others = self.others.write();
        others.retain(|known| known.product != *product);
        others.push(Arc::clone(&terms));
        Ok(terms)
    }

    pub fn state(&self, now: Timestamp) -> KeyState {
        self.lifecycle.state(now)
    }

    /// When it ends, by expiry or because it was rotated.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.lifecycle.ends_at()
    }

    /// Tells callers of a rotated key that still works to use the new one.
    pub fn add_retirement_headers(&self, now: Timestamp, headers: &mut HeaderMap) {
        if let Some(retirement) = &self.retirement
            && now < retirement.at
        {
            headers.insert(DEPRECATION, retirement.deprecation.clone());
            headers.insert(SUNSET, retirement.sunset.clone());
        }
    }
}

/// The end of a rotated key, as header values.
struct Retirement {
    at: Timestamp,
    /// When the rotation started, as `@` and unix seconds (RFC 9745).
    deprecation: HeaderValue,
    /// When the key ends, as an HTTP date (RFC 8594).
    sunset: HeaderValue,
}

impl Retirement {
    fn of(row: &store::KeyRow) -> Result<Option<Self>> {
        let Some((began, at)) = row.rotated_at.zip(row.retires_at) else { return Ok(None) };
        let deprecation = HeaderValue::try_from(format!("@{}", began.div_euclid(SECOND)))
            .map_err(anyhow::Error::from)?;
        let sunset =
            HeaderValue::try_from(Timestamp(at).http_date()).map_err(anyhow::Error::from)?;
        Ok(Some(Self { at: Timestamp(at), deprecation, sunset }))
    }
}

pub struct KeyCache(Arc<Caches>);

struct Caches {
    known: ReadCache<KeyPrefix, Arc<KeyEntry>>,
    /// Prefixes without a key, with the time until which this is cached. Separate, so that guessed
    /// keys cannot displace valid ones.
    unknown: ReadCache<KeyPrefix, i64>,
    /// Hashes of keys that were found to exist. Not dropped with [`known`](Self::known): they only
    /// decide whether a key is worth a database look-up, never what it may do.
    seen: ReadCache<KeyPrefix, KeyHash>,
    limits: LimitsConfig,
    /// How often changes of other instances may have been missed.
    doubts: AtomicU64,
}

impl KeyCache {
    pub fn new(limits: &LimitsConfig, changes: &Changes) -> Self {
        let caches = Arc::new(Caches {
            known: ReadCache::new(KNOWN),
            unknown: ReadCache::new(UNKNOWN),
            seen: ReadCache::new(KNOWN),
            limits: limits.clone(),
            doubts: AtomicU64::new(0),
        });
        let listener = Arc::clone(&caches);
        changes.listen(move |change| listener.forget(change));
        Self(caches)
    }

    /// The key with this prefix, if it is cached, not doubtful, and recent enough.
    pub fn fresh(&self, prefix: KeyPrefix, now: Timestamp) -> Option<Arc<KeyEntry>> {
        let is_fresh = |entry: &Arc<KeyEntry>| {
            entry.doubts == self.0.doubts.load(Ordering::Relaxed)
                && now.0 - entry.read_at.load(Ordering::Relaxed) <= REFRESH_AFTER
        };
        self.0.known.get(&prefix).filter(is_fresh)
    }

    /// The terms of the key's calls to `product`.
    ///
    /// # Errors
    /// `not_subscribed` if the product has plans and the organisation is on none of them.
    pub async fn terms(
        &self,
        db: &Db,
        entry: &KeyEntry,
        product: &Arc<str>,
    ) -> Result<Arc<KeyTerms>> {
        match entry.terms(product) {
            Some(terms) => Ok(terms),
            None => entry.add_terms(db, product, &self.0.limits).await,
        }
    }

    /// Whether exactly this key was found to exist since the server started.
    pub fn knows(&self, key: &ParsedKey) -> bool {
        self.0.seen.get(&key.prefix).is_some_and(|hash| hash.matches(&key.hash))
    }

    /// The key with this prefix, from the cache if possible.
    pub async fn find(
        &self,
        db: &Db,
        prefix: KeyPrefix,
        now: Timestamp,
    ) -> Result<Option<Arc<KeyEntry>>> {
        let caches = &self.0;
        if let Some(entry) = caches.known.get(&prefix) {
            let read_at = entry.read_at.load(Ordering::Relaxed);
            let is_doubtful = entry.doubts != caches.doubts.load(Ordering::Relaxed);
            let again_after = if is_doubtful { QUERY_AGAIN_AFTER } else { REFRESH_AFTER };
            // One caller reloads it; the others continue with the cached entry.
            let is_mine = now.0 - read_at > again_after
                && entry
                    .read_at
                    .compare_exchange(read_at, now.0, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if is_mine && is_doubtful {
                // It may have been revoked elsewhere. If the database does not respond, the cached
                // entry is used.
                if let Ok(Ok(found)) =
                    tokio::time::timeout(QUERY_TIMEOUT, caches.read(db, prefix, now)).await
                {
                    return Ok(found);
                }
            } else if is_mine {
                let (caches, db) = (Arc::clone(caches), db.clone());
                tokio::spawn(async move {
                    if let Err(cause) = caches.read(&db, prefix, now).await {
                        tracing::warn!(%cause, "cannot reload a key; keeping the cached values");
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
    async fn read(
        &self,
        db: &Db,
        prefix: KeyPrefix,
        now: Timestamp,
    ) -> Result<Option<Arc<KeyEntry>>> {
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
        // Loaded with the key; otherwise the next call to each product would wait for it.
        let products: Vec<Arc<str>> = self
            .known
            .get(&prefix)
            .iter()
            .flat_map(|old| {
                old.others.read().iter().map(|terms| Arc::clone(&terms.product)).collect::<Vec<_>>()
            })
            .collect();
        for product in products {
            match entry.add_terms(db, &product, &self.limits).await {
                Err(error) if error.code() != Code::NotSubscribed => return Err(error),
                _ => {}
            }
        }
        self.known.keep(known, prefix, Arc::clone(&entry));
        self.seen.keep(self.seen.epoch(), prefix, entry.hash.clone());
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
            Change::Customer(_) | Change::Product(_) | Change::Person(_) | Change::Deliveries => {}
            Change::Everything => {
                self.known.forget_all();
                self.unknown.forget_all();
            }
        }
    }
}
