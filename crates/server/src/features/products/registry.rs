//! All products, in memory: each document is parsed once and kept until it changes.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use parking_lot::RwLock;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tollgate_proxy::upstream::Upstreams;
use tollgate_types::time::Timestamp;

use super::product::Product;
use super::search::Index;
use super::store::ProductRow;
use super::{secrets, store};
use crate::db::{Change, Changes, Db};
use crate::sealer::Sealer;
use crate::{Error, Result};

/// How long a call waits for changes, including parsing large documents; and the time limit of each
/// database query.
const QUERY_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause before the next query, if the last one failed.
const QUERY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Failed queries for documents after which the database counts as unavailable.
const MAX_FAILURES: usize = 3;
/// Documents that are parsed at a time, on a machine with as many cores.
const MAX_AT_A_TIME: usize = 4;

pub struct Products {
    /// Constant while the program runs.
    pub platform: Arc<Product>,
    inner: Arc<Inner>,
}

struct Inner {
    platform: Arc<Product>,
    upstreams: Arc<Upstreams>,
    sealer: Arc<Sealer>,
    current: RwLock<Arc<Catalogue>>,
    /// How often a product may have changed, including the start.
    changes: AtomicU64,
    /// The last certain change, so that calls wait until it was loaded; 0 after that has failed.
    news: AtomicU64,
    /// How many of these changes `current` includes.
    read: AtomicU64,
    /// Held while loading; with the time of the last failure.
    reading: Arc<Mutex<Option<Instant>>>,
    /// Set while loading: how long others wait for it.
    until: parking_lot::Mutex<Option<Instant>>,
}

impl Inner {
    fn is_stale(&self) -> bool {
        self.changes.load(Ordering::SeqCst) > self.read.load(Ordering::SeqCst)
    }

    /// Whether `current` is known to be incomplete.
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

/// A consistent set of products, by id, including the platform.
pub struct Catalogue {
    by_id: BTreeMap<Arc<str>, Arc<Product>>,
    /// Created by the first search.
    index: OnceLock<Index>,
}

impl Catalogue {
    pub fn get(&self, id: &str) -> Option<&Arc<Product>> {
        self.by_id.get(id)
    }

    /// The search index. Building it takes a while if there are many operations.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.all()))
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.by_id.values()
    }
}

impl Products {
    pub fn new(
        platform: Product,
        upstreams: &Arc<Upstreams>,
        sealer: &Arc<Sealer>,
        changes: &Changes,
    ) -> Self {
        let platform = Arc::new(platform);
        let by_id = BTreeMap::from([(Arc::clone(&platform.id), Arc::clone(&platform))]);
        let inner = Arc::new(Inner {
            platform: Arc::clone(&platform),
            upstreams: Arc::clone(upstreams),
            sealer: Arc::clone(sealer),
            current: RwLock::new(Arc::new(Catalogue { by_id, index: OnceLock::new() })),
            changes: AtomicU64::new(1),
            news: AtomicU64::new(1),
            read: AtomicU64::new(0),
            reading: Arc::default(),
            until: parking_lot::Mutex::default(),
        });
        let listener = Arc::clone(&inner);
        changes.listen(move |change| match change {
            Change::Product(_) | Change::Everything => listener.changed(true),
            Change::Unsure => listener.changed(false),
            Change::Key(_)
            | Change::Customer(_)
            | Change::Org(_)
            | Change::Person(_)
            | Change::Deliveries => {}
        });
        Self { platform, inner }
    }

    /// All current products; the known ones, if the database is unavailable; those loaded so far,
    /// if loading takes long.
    pub async fn catalogue(&self, db: &Db) -> Arc<Catalogue> {
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        let is_worth_waiting_for = match Arc::clone(&self.inner.reading).try_lock_owned() {
            Ok(place) => self.inner.begin(place, db),
            // Another task is loading: if that is because of a known change, this call must wait
            // for it, too.
            Err(_) => self.inner.has_news(),
        };
        if is_worth_waiting_for {
            self.inner.wait(db).await;
        }
        Arc::clone(&self.inner.current.read())
    }

    /// Like [`catalogue`](Self::catalogue), if the products in memory are certainly current.
    pub fn fresh(&self) -> Option<Arc<Catalogue>> {
        (!self.inner.is_stale()).then(|| Arc::clone(&self.inner.current.read()))
    }

    /// Whether all products were loaded once. Until then the catalogue may be incomplete.
    pub fn are_complete(&self) -> bool {
        self.inner.read.load(Ordering::SeqCst) > 0
    }

    /// Starts loading changes, unless that is in progress, without waiting.
    pub fn begin_reading(&self, db: &Db) {
        if let Ok(place) = Arc::clone(&self.inner.reading).try_lock_owned() {
            self.inner.begin(place, db);
        }
    }
}

impl Inner {
    /// Whether this started loading; false if nothing has changed, or loading failed a moment ago.
    fn begin(self: &Arc<Self>, mut place: OwnedMutexGuard<Option<Instant>>, db: &Db) -> bool {
        if place.is_some_and(|failed| failed.elapsed() <= QUERY_AGAIN_AFTER) || !self.is_stale() {
            return false;
        }
        *self.until.lock() = Some(Instant::now() + QUERY_TIMEOUT);
        let (inner, db) = (Arc::clone(self), db.clone());
        // A separate task: a client that disconnects does not cancel what others wait for.
        tokio::spawn(async move {
            *place = inner.read_again(&db).await.then(Instant::now);
            *inner.until.lock() = None;
        });
        true
    }

    /// Waits until known changes are loaded, or until that failed or took too long.
    async fn wait(self: &Arc<Self>, db: &Db) {
        loop {
            let until = self.until.lock().unwrap_or_else(|| Instant::now() + QUERY_TIMEOUT);
            let Ok(place) =
                tokio::time::timeout_at(until.into(), Arc::clone(&self.reading).lock_owned()).await
            else {
                return;
            };
            // The loaded state may be from before the change that this call must see.
            if !self.has_news() || !self.begin(place, db) {
                return;
            }
        }
    }

    /// Whether that failed.
    async fn read_again(&self, db: &Db) -> bool {
        // Changes during loading are loaded again.
        let changes = self.changes.load(Ordering::SeqCst);
        match self.read_all(db).await {
            Ok(new) => {
                let products: Vec<_> = new.values().cloned().collect();
                self.publish(new);
                self.read.store(changes, Ordering::SeqCst);
                // The first calls of a large product need not wait for this.
                tokio::task::spawn_blocking(move || {
                    products.iter().for_each(|product| product.prepare());
                });
                false
            }
            Err(cause) => {
                // Calls of known products continue while the database is unavailable: none waits
                // for the retry.
                self.news.store(0, Ordering::SeqCst);
                tracing::warn!(%cause, "cannot reload all products; keeping the known products and those that were loaded");
                true
            }
        }
    }

    fn publish(&self, by_id: BTreeMap<Arc<str>, Arc<Product>>) {
        *self.current.write() = Arc::new(Catalogue { by_id, index: OnceLock::new() });
    }

    /// Each product can be called as soon as it is loaded, so that one large document, or a
    /// database failure in between, does not block all others.
    async fn read_all(&self, db: &Db) -> Result<BTreeMap<Arc<str>, Arc<Product>>> {
        let old = Arc::clone(&self.current.read());
        let mut by_id =
            BTreeMap::from([(Arc::clone(&self.platform.id), Arc::clone(&self.platform))]);
        let mut changed = Vec::new();
        for row in within(store::list(db)).await? {
            let known = old.get(&row.id).filter(|known| {
                known.version == row.active_version && known.changed_at == row.updated_at
            });
            match known {
                Some(known) => {
                    by_id.insert(Arc::clone(&known.id), Arc::clone(known));
                }
                None => changed.push(row),
            }
        }
        let mut so_far = old.by_id.clone();
        let mut failures = Vec::new();
        let mut reading = stream::iter(changed)
            .map(|row| self.read_one(db, row))
            .buffer_unordered(documents_at_a_time());
        while let Some(read) = reading.next().await {
            match read {
                Ok(Some(product)) => {
                    for products in [&mut so_far, &mut by_id] {
                        products.insert(Arc::clone(&product.id), Arc::clone(&product));
                    }
                    self.publish(so_far.clone());
                }
                Ok(None) => {}
                Err(cause) => failures.push(cause),
            }
            if failures.len() >= MAX_FAILURES {
                break;
            }
        }
        failures.pop().map_or(Ok(by_id), Err)
    }

    /// `None` for a product that cannot be used, which must not remove all others.
    ///
    /// # Errors
    /// Fails if the database does.
    async fn read_one(&self, db: &Db, row: ProductRow) -> Result<Option<Arc<Product>>> {
        let document = within(store::document(db, &row.active_version)).await?;
        let changed_at = Timestamp(row.updated_at);
        let secrets = match secrets::provide(db, &self.sealer, &row.id, changed_at).await {
            Ok(secrets) => secrets,
            Err(cause) => {
                tracing::error!(product = row.id, %cause, "a product is skipped: its calls cannot be signed");
                return Ok(None);
            }
        };
        let (id, upstreams) = (row.id.clone(), Arc::clone(&self.upstreams));
        let read = tokio::task::spawn_blocking(move || {
            Product::read(&row, &super::unpack(&document)?, &secrets, &upstreams)
        });
        match read.await.map_err(anyhow::Error::from).map_err(Error::from).flatten() {
            Ok(product) => Ok(Some(Arc::new(product))),
            Err(cause) => {
                tracing::error!(product = id, %cause, "a product is skipped");
                Ok(None)
            }
        }
    }
}

/// How many documents are parsed at a time: each may take some hundred megabytes meanwhile.
fn documents_at_a_time() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_AT_A_TIME)
}

/// One database query. Parsing a document may take long, and does not cause another query.
async fn within<T>(querying: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(QUERY_TIMEOUT, querying)
        .await
        .map_err(anyhow::Error::from)
        .map_err(Error::from)
        .flatten()
}
