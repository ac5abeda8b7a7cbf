//! Products: APIs that are sold. Each is registered from an OpenAPI document, and from then on its pages, samples,
//! sandbox, scopes and gateway route come from that document alone.

mod fetch;
mod operation;
mod product;
mod register;
mod registry;
mod scopes;
mod store;

pub use fetch::{fetch, fetch_again};
pub use operation::Operation;
pub use product::Product;
use register::unpack;
pub use register::{Registered, Registration, register, remove};
pub use registry::{Catalogue, Products};
pub use scopes::unknown_scopes;

use super::Result;
use super::access::Operator;
use super::db::Db;
use crate::types::product::ProductVersion;

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
