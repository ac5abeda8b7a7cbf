//! What was made of documents and is dear to make again.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::server::products::Product;
use crate::server::schemas::Schemas;
use crate::types::docs::OperationPage;

/// Products whose schemas stay compiled.
const MAX_SCHEMAS: usize = 32;
/// Pages of operations; each may be a few hundred kilobytes.
const MAX_PAGES: usize = 200;

/// One state of a product: what is kept of an older one is found no more.
type Key = (Arc<str>, u64, i64);

pub struct DocsCache {
    schemas: Cache<Key, Arc<Schemas>>,
    pages: Cache<(Key, usize), Arc<OperationPage>>,
}

impl Default for DocsCache {
    fn default() -> Self {
        Self { schemas: Cache::new(MAX_SCHEMAS), pages: Cache::new(MAX_PAGES) }
    }
}

fn key(product: &Product) -> Key {
    (Arc::clone(&product.id), product.view.view.revision, product.view.view.updated_at.0)
}

impl DocsCache {
    /// The product's schemas as requests see them.
    pub fn schemas(&self, product: &Product) -> Arc<Schemas> {
        let key = key(product);
        if let Some(known) = self.schemas.get(&key) {
            return known;
        }
        let schemas = Arc::new(Schemas::of_requests(Arc::clone(&product.spec)));
        self.schemas.insert(key, Arc::clone(&schemas));
        schemas
    }

    /// The page of the operation at `place`, made by `make` where it is not known.
    pub fn page(&self, product: &Product, place: usize, make: impl FnOnce() -> OperationPage) -> Arc<OperationPage> {
        let key = (key(product), place);
        if let Some(known) = self.pages.get(&key) {
            return known;
        }
        let page = Arc::new(make());
        self.pages.insert(key, Arc::clone(&page));
        page
    }
}
