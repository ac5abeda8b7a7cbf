//! All products, in memory: each document is read once and kept until it changes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Whether a product may have changed since `current` was read.
    is_stale: AtomicBool,
    /// With when it last failed.
    reading: Mutex<Option<Instant>>,
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
            is_stale: AtomicBool::new(true),
            reading: Mutex::default(),
        });
        let told = Arc::clone(&inner);
        changes.listen(move |change| match change {
            Change::Product(_) | Change::Unsure | Change::Everything => told.is_stale.store(true, Ordering::SeqCst),
            Change::Key(_) | Change::Customer(_) | Change::Org(_) | Change::Deliveries => {}
        });
        Self { platform, upstreams: Arc::clone(upstreams), inner }
    }

    /// All products as they are now; as they were, where the database cannot be asked.
    pub async fn catalogue(&self, db: &Db) -> Arc<Catalogue> {
        if !self.inner.is_stale.load(Ordering::SeqCst) {
            return Arc::clone(&self.inner.current.read());
        }
        let mut failed = self.inner.reading.lock().await;
        let may_ask = failed.is_none_or(|at| at.elapsed() > ASK_AGAIN);
        // Cleared first: a change while this reads makes it stale again.
        if may_ask && self.inner.is_stale.swap(false, Ordering::SeqCst) {
            let old = Arc::clone(&self.inner.current.read());
            let read = tokio::time::timeout(ASK, self.read(db, &old)).await;
            match read.map_err(anyhow::Error::from).map_err(Error::from).flatten() {
                Ok(new) => *self.inner.current.write() = Arc::new(new),
                Err(cause) => {
                    self.inner.is_stale.store(true, Ordering::SeqCst);
                    *failed = Some(Instant::now());
                    tracing::warn!(%cause, "cannot read the products again; what is known of them stays");
                }
            }
        }
        Arc::clone(&self.inner.current.read())
    }

    /// As [`catalogue`](Self::catalogue), if nothing casts doubt on what is in memory.
    pub fn fresh(&self) -> Option<Arc<Catalogue>> {
        (!self.inner.is_stale.load(Ordering::SeqCst)).then(|| Arc::clone(&self.inner.current.read()))
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
