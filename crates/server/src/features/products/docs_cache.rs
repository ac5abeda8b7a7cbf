//! Cached results of processing documents that are expensive to compute.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tollgate_types::docs::OperationPage;

use super::Product;

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
}

impl Default for DocsCache {
    fn default() -> Self {
        Self {
            pages: Cache::new(MAX_PAGES),
            packages: Cache::new(MAX_PACKAGES),
            feeds: Cache::new(MAX_SMALL),
            forms: Cache::new(MAX_SMALL),
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

    pub fn known_package(&self, product: &Product, language: &'static str) -> Option<Arc<[u8]>> {
        self.packages.get(&(state(product), language))
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

    /// The client package for `language`, created by `make` if it is not cached.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn package<E>(
        &self,
        product: &Product,
        language: &'static str,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<[u8]>, E> {
        let key = (state(product), language);
        if let Some(known) = self.packages.get(&key) {
            return Ok(known);
        }
        let package: Arc<[u8]> = make()?.into();
        self.packages.insert(key, Arc::clone(&package));
        Ok(package)
    }
}
