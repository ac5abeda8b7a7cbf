//! Cached results of processing documents that are expensive to compute.

use std::path::Path;
use std::sync::Arc;

use quick_cache::sync::Cache;
use tollgate_types::docs::OperationPage;

use super::Product;
use super::package_store::PackageStore;

/// Pages of operations; each may have a few hundred kilobytes.
const MAX_PAGES: usize = 200;
/// Client packages, each far smaller than its document.
const MAX_PACKAGES: usize = 32;
/// Feeds, and the form of documents.
const MAX_SMALL: usize = 500;

/// One state of a product: entries of an older state are never found again.
type State = (Arc<str>, u64, i64);

pub struct DocsCache {
    pages: Cache<(State, usize), Arc<OperationPage>>,
    packages: Cache<(State, &'static str), Arc<[u8]>>,
    feeds: Cache<State, Arc<str>>,
    /// Whether the document was registered as JSON.
    forms: Cache<State, bool>,
    /// Client packages of earlier runs of the server as well.
    pub stored_packages: Arc<PackageStore>,
}

impl DocsCache {
    pub fn new(data_dir: &Path) -> Self {
        Self {
            pages: Cache::new(MAX_PAGES),
            packages: Cache::new(MAX_PACKAGES),
            feeds: Cache::new(MAX_SMALL),
            forms: Cache::new(MAX_SMALL),
            stored_packages: Arc::new(PackageStore::new(data_dir)),
        }
    }
}

fn state(product: &Product) -> State {
    (Arc::clone(&product.id), product.view.view.revision, product.view.view.updated_at.0)
}

impl DocsCache {
    /// The page of the operation at `place`, created by `make` if it is not cached.
    pub fn page(
        &self,
        product: &Product,
        place: usize,
        make: impl FnOnce() -> OperationPage,
    ) -> Arc<OperationPage> {
        let key = (state(product), place);
        if let Some(known) = self.pages.get(&key) {
            return known;
        }
        let page = Arc::new(make());
        self.pages.insert(key, Arc::clone(&page));
        page
    }

    pub fn known_page(&self, product: &Product, place: usize) -> Option<Arc<OperationPage>> {
        self.pages.get(&(state(product), place))
    }

    pub fn feed(&self, product: &Product) -> Option<Arc<str>> {
        self.feeds.get(&state(product))
    }

    pub fn keep_feed(&self, product: &Product, feed: Arc<str>) {
        self.feeds.insert(state(product), feed);
    }

    pub fn form(&self, product: &Product) -> Option<bool> {
        self.forms.get(&state(product))
    }

    pub fn keep_form(&self, product: &Product, is_json: bool) {
        self.forms.insert(state(product), is_json);
    }

    /// The client package for `language`. One caller runs `make`, and the others wait for it.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn package<E>(
        &self,
        product: &Product,
        language: &'static str,
        make: impl Future<Output = Result<Arc<[u8]>, E>>,
    ) -> Result<Arc<[u8]>, E> {
        self.packages.get_or_insert_async(&(state(product), language), make).await
    }
}
