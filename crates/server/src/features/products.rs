//! Products: the APIs that are sold. Each is registered from an OpenAPI document, which alone
//! determines its pages, samples, sandbox, scopes and gateway route.

mod changes;
mod docs_cache;
mod fetch;
pub mod form;
mod operation;
mod package_store;
mod product;
mod register;
mod registry;
mod retire;
mod scopes;
mod search;
mod secrets;
mod sources;
mod store;
mod unchecked;

pub use changes::{Published, compare, notify_affected, publish};
pub use docs_cache::DocsCache;
pub use fetch::{fetch, fetch_again, refetch};
pub use operation::{Operation, title};
pub use package_store::PackageSource;
pub use product::Product;
use register::unpack;
pub use register::{Registered, Registration, register, remove};
pub use registry::{Catalogue, Products};
pub use retire::{end_subscriptions, retire, retiring};
pub use scopes::unknown_scopes;
pub use search::{fold, search as search_docs};
pub use secrets::{
    foreign as foreign_secrets, reveal as reveal_secrets, rotate as rotate_secret, seal_all,
};
pub use unchecked::UncheckedCalls;

pub use sources::{local as local_document, unpacked as unpacked_document};

use std::sync::Arc;

use tollgate_openapi::spec::Spec;
use tollgate_types::product::{
    AdminProduct, PLATFORM, ProductDetail, ProductVersion, SchemaProblem,
};
use tollgate_types::time::Timestamp;

use crate::access::Operator;
use crate::db::Db;
use crate::{Error, Result, offload};

/// All products except the platform itself, by id. The description is empty if the product has none
/// of its own.
pub async fn list(db: &Db, _: &Operator) -> Result<Vec<AdminProduct>> {
    store::list(db).await?.iter().map(store::ProductRow::own_view).collect()
}

/// The products of [`list`] whose id or name contains every word of `text`.
pub async fn search(db: &Db, operator: &Operator, text: &str) -> Result<Vec<AdminProduct>> {
    let text = fold(text);
    let mut products = list(db, operator).await?;
    products.retain(|product| {
        let own = fold(&format!("{} {}", product.view.id, product.view.name));
        text.split_whitespace().all(|word| own.contains(word))
    });
    Ok(products)
}

/// One product, as in [`list`].
///
/// # Errors
/// `not_found`.
pub async fn get(db: &Db, _: &Operator, product: &str) -> Result<AdminProduct> {
    store::find(db, product).await?.ok_or_else(|| Error::not_found("product"))?.own_view()
}

/// One product, with its versions and its callers.
///
/// # Errors
/// `not_found`.
pub async fn detail(
    db: &Db,
    products: &Products,
    unchecked: &UncheckedCalls,
    operator: &Operator,
    product: &str,
    now: Timestamp,
) -> Result<ProductDetail> {
    let callers = changes::affected(db, operator, product, None, now, "").await?;
    let read = products.catalogue(db).await.get(product).cloned();
    Ok(ProductDetail {
        product: get(db, operator, product).await?,
        versions: versions(db, operator, product).await?,
        has_more_callers: callers.next.is_some(),
        callers: callers.keys,
        problems: match &read {
            Some(product) => problems(product).await?,
            None => Vec::new(),
        },
        warnings: read.map(|product| register::warnings_of(&product.spec)).unwrap_or_default(),
        unchecked: unchecked.of(product),
    })
}

/// The parts of the product's schemas that cannot be read.
///
/// # Errors
/// `unavailable` while too many of these checks run.
pub async fn problems(product: &Arc<Product>) -> Result<Vec<SchemaProblem>> {
    if let Some(known) = product.known_problems() {
        return Ok(known.to_vec());
    }
    let product = Arc::clone(product);
    offload::DOCUMENTS.run(move || product.problems().to_vec()).await
}

/// What is doubtful about a product's document.
pub struct Doubts {
    pub product: String,
    /// The parts of its schemas that cannot be read.
    pub problems: Vec<SchemaProblem>,
    /// Number of its deviations from the standard.
    pub warnings: u64,
}

/// All products whose document has a schema that cannot be read completely, or deviates from the
/// standard.
pub async fn doubtful(db: &Db, _: &Operator) -> Result<Vec<Doubts>> {
    let mut found = Vec::new();
    for row in store::list(db).await? {
        let document = store::document(db, &row.active_version).await?;
        let doubts = offload::DOCUMENTS.run(move || {
            let spec = Spec::read(&unpack(&document).ok()?).ok()?;
            let warnings = (spec.warnings.len() + spec.more_warnings) as u64;
            Some((register::problems_of(Arc::new(spec)), warnings))
        });
        let (problems, warnings) = doubts.await?.unwrap_or_default();
        if !problems.is_empty() || warnings > 0 {
            found.push(Doubts { product: row.id, problems, warnings });
        }
    }
    Ok(found)
}

/// # Errors
/// `not_found` if the id is neither a product nor the platform itself.
pub async fn check_exists(db: &Db, product: &str) -> Result<()> {
    if product == PLATFORM || store::find(db, product).await?.is_some() {
        Ok(())
    } else {
        Err(Error::not_found("product"))
    }
}

/// The documents that a product has had, newest first.
pub async fn versions(db: &Db, _: &Operator, product: &str) -> Result<Vec<ProductVersion>> {
    store::versions(db, product).await?.iter().map(store::VersionRow::view).collect()
}

/// The document of a product's version, exactly as it was registered; `None` if the version does
/// not exist.
pub async fn document(db: &Db, product: &str, revision: u64) -> Result<Option<Vec<u8>>> {
    let versions = store::versions(db, product).await?;
    let Some(version) = versions.iter().find(|version| version.number.unsigned_abs() == revision)
    else {
        return Ok(None);
    };
    let packed = store::document(db, &version.id).await?;
    offload::DOCUMENTS.run(move || unpack(&packed)).await?.map(Some)
}
