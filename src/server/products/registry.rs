//! All products, in memory: each document is read once and kept until it changes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tokio::sync::Mutex;

use super::product::Product;
use super::store;
use crate::server::db::{Change, Changes, Db};
use crate::server::search::Index;
use crate::server::upstream::Upstreams;
use crate::server::{Error, Result};

/// How long a call waits to learn what changed, with time to read large documents.
const ASK: Duration = Duration::from_secs(10);
/// How soon it is asked again, if nobody answered.
const ASK_AGAIN: Duration = Duration::from_millis(500);

pub struct Products {
    /// Never changes while the program runs.
    pub platform: Arc<Product>,
    upstreams: Arc<Upstreams>,
    inner: Arc<Inner>,
}

struct Inner {
    current: RwLock<Arc<Catalogue>>,
    /// How often a product may have changed, the start included.
    changes: AtomicU64,
    /// The last of them that is certain, so that calls wait until it was read; 0 once that has failed.
    news: AtomicU64,
    /// How many of them `current` has.
    read: AtomicU64,
    /// With when it last failed.
    reading: Mutex<Option<Instant>>,
}

impl Inner {
    fn is_stale(&self) -> bool {
        self.changes.load(Ordering::SeqCst) > self.read.load(Ordering::SeqCst)
    }

    /// Whether it is known that what is in memory is not all that there is.
    fn has_news(&self) -> bool {
        self.news.load(Ordering::SeqCst) > self.read.load(Ordering::SeqCst)
    }

    fn changed(&self, is_certain: bool) {
        let change = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        if is_certain {
            self.news.fetch_max(change, Ordering::SeqCst);
        }
    }
}

/// The products of one moment, by id; the platform is among them.
pub struct Catalogue {
    by_id: BTreeMap<Arc<str>, Arc<Product>>,
    /// Made at the first search.
    index: OnceLock<Index>,
}

impl Catalogue {
    pub fn get(&self, id: &str) -> Option<&Arc<Product>> {
        self.by_id.get(id)
    }

    /// What is searched. Making it takes a while where there are many operations.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.all()))
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.by_id.values()
    }
}

impl Products {
    pub fn new(platform: Product, upstreams: &Arc<Upstreams>, changes: &Changes) -> Self {
        let platform = Arc::new(platform);
        let by_id = BTreeMap::from([(Arc::clone(&platform.id), Arc::clone(&platform))]);
        let inner = Arc::new(Inner {
            current: RwLock::new(Arc::new(Catalogue { by_id, index: OnceLock::new() })),
            changes: AtomicU64::new(1),
            news: AtomicU64::new(1),
            read: AtomicU64::new(0),
            reading: Mutex::default(),
        });
        let told = Arc::clone(&inner);
        changes.listen(move |change| match change {
            Change::Product(_) | Change::Everything => told.changed(true),
            Change::Unsure => told.changed(false),
            Change::Key(_) | Change::Customer(_) | Change::Org(_) | Change::Deliveries => {}
        });
        Self { platform, upstreams: Arc::clone(upstreams), inner }
    }

    /// All products as they are now; as they were, where the database cannot be asked.
    pub async fn catalogue(&self, db: &Db) -> Arc<Catalogue> {
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        let reading = match self.inner.reading.try_lock() {
            Ok(reading) => Some(reading),
            Err(_) if self.inner.has_news() => Some(self.inner.reading.lock().await),
            // Somebody looks already whether there is anything new.
            Err(_) => None,
        };
        if let Some(mut failed) = reading
            && failed.is_none_or(|at| at.elapsed() > ASK_AGAIN)
            && self.inner.is_stale()
        {
            *failed = self.read_again(db).await.then(Instant::now);
        }
        Arc::clone(&self.inner.current.read())
    }

    /// As [`catalogue`](Self::catalogue), if nothing casts doubt on what is in memory.
    pub fn fresh(&self) -> Option<Arc<Catalogue>> {
        (!self.inner.is_stale()).then(|| Arc::clone(&self.inner.current.read()))
    }

    /// Whether that failed.
    async fn read_again(&self, db: &Db) -> bool {
        // What changes while this reads is read again.
        let changes = self.inner.changes.load(Ordering::SeqCst);
        let old = Arc::clone(&self.inner.current.read());
        let read = tokio::time::timeout(ASK, self.read(db, &old)).await;
        match read.map_err(anyhow::Error::from).map_err(Error::from).flatten() {
            Ok(new) => {
                *self.inner.current.write() = Arc::new(new);
                self.inner.read.store(changes, Ordering::SeqCst);
                false
            }
            Err(cause) => {
                // The calls of known keys go on while the database is away: none waits for who asks again.
                self.inner.news.store(0, Ordering::SeqCst);
                tracing::warn!(%cause, "cannot read the products again; what is known of them stays");
                true
            }
        }
    }

    async fn read(&self, db: &Db, old: &Catalogue) -> Result<Catalogue> {
        let mut by_id = BTreeMap::from([(Arc::clone(&self.platform.id), Arc::clone(&self.platform))]);
        for row in store::list(db).await? {
            let known = old.get(&row.id).filter(|known| known.version == row.active_version && known.changed_at == row.updated_at);
            let product = match known {
                Some(known) => Arc::clone(known),
                None => {
                    let document = store::document(db, &row.active_version).await?;
                    let (id, upstreams) = (row.id.clone(), Arc::clone(&self.upstreams));
                    let read = tokio::task::spawn_blocking(move || Product::read(&row, &super::unpack(&document)?, &upstreams));
                    match read.await.map_err(anyhow::Error::from)? {
                        Ok(product) => Arc::new(product),
                        // One that cannot be read must not take all others away.
                        Err(cause) => {
                            tracing::error!(product = id, %cause, "a product is left out");
                            continue;
                        }
                    }
                }
            };
            by_id.insert(Arc::clone(&product.id), product);
        }
        Ok(Catalogue { by_id, index: OnceLock::new() })
    }
}
