//! Products: APIs that are sold. Each is registered from an OpenAPI document, and from then on its pages, samples,
//! sandbox, scopes and gateway route come from that document alone.

mod changes;
mod fetch;
pub mod form;
mod operation;
mod product;
mod register;
mod registry;
mod scopes;
mod store;

pub use changes::{Published, affected, compare, publish};
pub use fetch::{fetch, fetch_again, refetch};
pub use operation::Operation;
pub use product::Product;
use register::unpack;
pub use register::{Registered, Registration, register, remove};
pub use registry::{Catalogue, Products};
pub use scopes::unknown_scopes;

use super::access::Operator;
use super::db::Db;
use super::{Error, Result};
use crate::types::product::{AdminProduct, PLATFORM, ProductDetail, ProductVersion};
use crate::types::time::Timestamp;

/// All products but the platform itself, by id. Where one has no description of its own, that is empty.
pub async fn list(db: &Db, _: &Operator) -> Result<Vec<AdminProduct>> {
    store::list(db).await?.iter().map(store::ProductRow::own_view).collect()
}

/// One product, as [`list`] gives it.
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
pub async fn detail(db: &Db, operator: &Operator, product: &str, now: Timestamp) -> Result<ProductDetail> {
    Ok(ProductDetail {
        product: get(db, operator, product).await?,
        versions: versions(db, operator, product).await?,
        callers: affected(db, operator, product, None, now).await?,
    })
}

/// # Errors
/// `not_found` for what is neither a product nor the platform itself.
pub async fn check_exists(db: &Db, product: &str) -> Result<()> {
    if product == PLATFORM || store::find(db, product).await?.is_some() { Ok(()) } else { Err(Error::not_found("product")) }
}

/// The documents that a product has had, the newest first.
pub async fn versions(db: &Db, _: &Operator, product: &str) -> Result<Vec<ProductVersion>> {
    store::versions(db, product).await?.iter().map(store::VersionRow::view).collect()
}

/// The document of a product's version as it was handed in; none for a version that does not exist.
pub async fn document(db: &Db, product: &str, revision: u64) -> Result<Option<Vec<u8>>> {
    let versions = store::versions(db, product).await?;
    let Some(version) = versions.iter().find(|version| version.number.unsigned_abs() == revision) else { return Ok(None) };
    unpack(&store::document(db, &version.id).await?).map(Some)
}
