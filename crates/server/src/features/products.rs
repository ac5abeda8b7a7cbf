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
    Ok(ProductDetail {
        product: get(db, operator, product).await?,
        versions: versions(db, operator, product).await?,
        has_more_callers: callers.next.is_some(),
        callers: callers.keys,
        problems: match products.catalogue(db).await.get(product) {
            Some(product) => problems(product).await?,
            None => Vec::new(),
        },
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

/// All products with a schema that cannot be read completely, with the first unreadable part and
/// the number of parts.
pub async fn with_problems(db: &Db, _: &Operator) -> Result<Vec<(String, SchemaProblem, usize)>> {
    let mut found = Vec::new();
    for row in store::list(db).await? {
        let document = store::document(db, &row.active_version).await?;
        let problems = offload::DOCUMENTS.run(move || {
            let document = unpack(&document).ok()?;
            Some(register::problems_of(Arc::new(Spec::read(&document).ok()?)))
        });
        let problems = problems.await?.unwrap_or_default();
        let count = problems.len();
        found.extend(problems.into_iter().next().map(|first| (row.id, first, count)));
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
