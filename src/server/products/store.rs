//! All SQL of products and their versions.

use std::collections::HashSet;

use sqlx::{query, query_as};

use crate::server::Result;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::spec::Spec;
use crate::types::product::{AdminProduct, ProductVersion, ProductView};
use crate::types::time::Timestamp;

#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct ProductRow {
    pub id: String,
    pub name: String,
    pub description: String,
    pub category: String,
    pub tags_json: String,
    pub status: String,
    pub base_url: String,
    pub sandbox_url: Option<String>,
    pub settings_json: String,
    pub signing_secret: String,
    pub source_url: Option<String>,
    pub fetched_at: Option<i64>,
    pub fetch_error: String,
    pub active_version: String,
    pub created_at: i64,
    pub updated_at: i64,
    /// Of the active version, as is what follows.
    pub revision: i64,
    pub version_at: i64,
    pub label: String,
    pub operations_json: String,
}

impl ProductRow {
    /// As everybody sees it: described by its document where it has no description of its own.
    pub fn view(&self, spec: &Spec) -> Result<AdminProduct> {
        let mut own = self.own_view()?;
        if own.view.description.is_empty() {
            own.view.description.clone_from(&spec.description);
        }
        own.view.version.clone_from(&spec.version);
        own.view.operations = spec.operations.len() as u64;
        Ok(own)
    }

    /// As it can be changed, without a look into its document.
    pub fn own_view(&self) -> Result<AdminProduct> {
        let operations: Vec<String> = serde_json::from_str(&self.operations_json)?;
        Ok(AdminProduct {
            view: ProductView {
                id: self.id.clone(),
                name: self.name.clone(),
                description: self.description.clone(),
                category: self.category.clone(),
                tags: serde_json::from_str(&self.tags_json)?,
                status: self.status.parse().map_err(|error: String| anyhow::anyhow!(error))?,
                version: self.label.clone(),
                revision: self.revision.unsigned_abs(),
                operations: operations.len() as u64,
                updated_at: Timestamp(self.updated_at),
            },
            base_url: self.base_url.clone(),
            sandbox_url: self.sandbox_url.clone(),
            source_url: self.source_url.clone(),
            fetched_at: self.fetched_at.map(Timestamp),
            fetch_error: self.fetch_error.clone(),
            settings: serde_json::from_str(&self.settings_json)?,
        })
    }
}

const LIST: &str = "
    select p.*, v.number as revision, v.created_at as version_at, v.label, v.operations_json
    from products p join product_versions v on v.id = p.active_version order by p.id";

const FIND: &str = "
    select p.*, v.number as revision, v.created_at as version_at, v.label, v.operations_json
    from products p join product_versions v on v.id = p.active_version where p.id = $1";

pub async fn list(db: &Db) -> Result<Vec<ProductRow>> {
    Ok(on!(db, |c| query_as(LIST).fetch_all(c).await)?)
}

pub async fn find(db: &Db, id: &str) -> Result<Option<ProductRow>> {
    Ok(on!(db, |c| query_as(FIND).bind(id).fetch_optional(c).await)?)
}

pub async fn find_in(tx: &mut Tx, id: &str) -> Result<Option<ProductRow>> {
    Ok(in_tx!(tx, |c| query_as(FIND).bind(id).fetch_optional(c).await)?)
}

pub async fn count_in(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = in_tx!(tx, |c| query_as("select count(*) from products").fetch_one(c).await)?;
    Ok(count)
}

/// Inserts the product or, where its id exists, changes all but its signing secret and its beginning.
pub async fn put(tx: &mut Tx, row: &ProductRow) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into products (id, name, description, category, tags_json, status, base_url, sandbox_url, settings_json, signing_secret,
         source_url, fetched_at, fetch_error, active_version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (id) do update set name = excluded.name, description = excluded.description, category = excluded.category,
         tags_json = excluded.tags_json, status = excluded.status, base_url = excluded.base_url, sandbox_url = excluded.sandbox_url,
         settings_json = excluded.settings_json, source_url = excluded.source_url, fetched_at = excluded.fetched_at,
         fetch_error = excluded.fetch_error, active_version = excluded.active_version, updated_at = excluded.updated_at"
    )
    .bind(&row.id)
    .bind(&row.name)
    .bind(&row.description)
    .bind(&row.category)
    .bind(&row.tags_json)
    .bind(&row.status)
    .bind(&row.base_url)
    .bind(&row.sandbox_url)
    .bind(&row.settings_json)
    .bind(&row.signing_secret)
    .bind(&row.source_url)
    .bind(row.fetched_at)
    .bind(&row.fetch_error)
    .bind(&row.active_version)
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Takes the next fetch of a document, which was last fetched at `before`. False if somebody else has taken it.
pub async fn claim_fetch(tx: &mut Tx, id: &str, before: Option<i64>, now: Timestamp) -> Result<bool> {
    let claimed = in_tx!(tx, |c| query("update products set fetched_at = $3 where id = $1 and coalesce(fetched_at, -1) = $2")
        .bind(id)
        .bind(before.unwrap_or(-1))
        .bind(now.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(claimed > 0)
}

/// Notes how the last fetch of the document ended.
pub async fn note_fetch(tx: &mut Tx, id: &str, error: &str) -> Result<()> {
    in_tx!(tx, |c| query("update products set fetch_error = $2 where id = $1").bind(id).bind(error).execute(c).await.map(drop))?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    in_tx!(tx, |c| query("delete from product_versions where product = $1").bind(id).execute(c).await.map(drop))?;
    Ok(in_tx!(tx, |c| query("delete from products where id = $1").bind(id).execute(c).await.map(|done| done.rows_affected()))? > 0)
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub id: String,
    pub number: i64,
    pub label: String,
    pub sha256: String,
    pub operations_json: String,
    pub created_at: i64,
    pub is_active: bool,
}

impl VersionRow {
    pub fn view(&self) -> Result<ProductVersion> {
        let operations: Vec<String> = serde_json::from_str(&self.operations_json)?;
        Ok(ProductVersion {
            revision: self.number.unsigned_abs(),
            version: self.label.clone(),
            operations: operations.len() as u64,
            is_active: self.is_active,
            created_at: Timestamp(self.created_at),
        })
    }
}

const VERSIONS: &str = "
    select v.id, v.number, v.label, v.sha256, v.operations_json, v.created_at, v.id = p.active_version as is_active
    from product_versions v join products p on p.id = v.product where v.product = $1 order by v.number desc limit 1000";

/// The newest first.
pub async fn versions(db: &Db, product: &str) -> Result<Vec<VersionRow>> {
    Ok(on!(db, |c| query_as(VERSIONS).bind(product).fetch_all(c).await)?)
}

pub async fn versions_in(tx: &mut Tx, product: &str) -> Result<Vec<VersionRow>> {
    Ok(in_tx!(tx, |c| query_as(VERSIONS).bind(product).fetch_all(c).await)?)
}

/// The ids of the operations that a product has now; none for no such product.
pub async fn operation_ids(db: &Db, product: &str) -> Result<Option<HashSet<String>>> {
    let row: Option<(String,)> = on!(db, |c| query_as(
        "select v.operations_json from products p join product_versions v on v.id = p.active_version where p.id = $1"
    )
    .bind(product)
    .fetch_optional(c)
    .await)?;
    row.map(|(json,)| Ok(serde_json::from_str(&json)?)).transpose()
}

/// The compressed document of a version.
pub async fn document(db: &Db, version: &str) -> Result<Vec<u8>> {
    let (document,): (Vec<u8>,) =
        on!(db, |c| query_as("select document from product_versions where id = $1").bind(version).fetch_one(c).await)?;
    Ok(document)
}

pub struct NewVersion<'a> {
    pub id: &'a str,
    pub product: &'a str,
    pub number: i64,
    pub label: &'a str,
    pub document: &'a [u8],
    pub sha256: &'a str,
    pub operations_json: &'a str,
    pub created_by: &'a str,
    pub created_at: Timestamp,
}

pub async fn insert_version(tx: &mut Tx, new: &NewVersion<'_>) -> Result<()> {
    in_tx!(tx, |c| query(
        "insert into product_versions (id, product, number, label, document, sha256, operations_json, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
    .bind(new.id)
    .bind(new.product)
    .bind(new.number)
    .bind(new.label)
    .bind(new.document)
    .bind(new.sha256)
    .bind(new.operations_json)
    .bind(new.created_by)
    .bind(new.created_at.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub async fn delete_version(tx: &mut Tx, id: &str) -> Result<()> {
    in_tx!(tx, |c| query("delete from product_versions where id = $1").bind(id).execute(c).await.map(drop))?;
    Ok(())
}
