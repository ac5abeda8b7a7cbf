//! All SQL of products and their versions.

pub mod breaking_notices;
mod signing_secrets;
mod versions;

use sqlx::{query, query_as};
use tollgate_openapi::spec::Spec;
use tollgate_types::product::{AdminProduct, ProductView};
use tollgate_types::time::Timestamp;

pub use signing_secrets::{
    SecretRow, blank_clear_secret, count_foreign_secrets, delete_secret, end_secret,
    hold_clear_secret, insert_secret, secrets, secrets_in, with_clear_secret,
};
pub use versions::{
    NewVersion, VersionRow, delete_version, document, insert_version, operation_ids, versions,
    versions_in,
};

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

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
    pub deprecated_at: Option<i64>,
    pub retires_at: Option<i64>,
    /// Of the active version, like the following fields.
    pub revision: i64,
    pub version_at: i64,
    pub label: String,
    pub operations_json: String,
}

impl ProductRow {
    /// As everybody sees it: with its document's description, unless it has its own.
    pub fn view(&self, spec: &Spec) -> Result<AdminProduct> {
        let mut own = self.own_view()?;
        if own.view.description.is_empty() {
            own.view.description.clone_from(&spec.description);
        }
        own.view.version.clone_from(&spec.version);
        own.view.operations = spec.operations.len() as u64;
        Ok(own)
    }

    /// Its changeable fields, without reading its document.
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
                deprecated_at: self.deprecated_at.map(Timestamp),
                retires_at: self.retires_at.map(Timestamp),
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

/// The columns that are read.
macro_rules! product {
    ($of:literal) => {
        $crate::db::columns!($of: id, name, description, category, tags_json, status, base_url,
            sandbox_url, settings_json, signing_secret, source_url, fetched_at, fetch_error,
            active_version, created_at, updated_at, deprecated_at, retires_at)
    };
}

const LIST: &str = concat!(
    "select ",
    product!("p"),
    ", v.number as revision, v.created_at as version_at, v.label, v.operations_json
    from products p join product_versions v on v.id = p.active_version order by p.id"
);

const FIND: &str = concat!(
    "select ",
    product!("p"),
    ", v.number as revision, v.created_at as version_at, v.label, v.operations_json
    from products p join product_versions v on v.id = p.active_version where p.id = $1"
);

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
    let (count,): (i64,) =
        in_tx!(tx, |c| query_as("select count(*) from products").fetch_one(c).await)?;
    Ok(count)
}

/// Inserts the product or, if its id exists, changes everything except its signing secret and
/// creation time.
pub async fn put(tx: &mut Tx, row: &ProductRow) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "insert into products (id, name, description, category, tags_json, status, base_url,
             sandbox_url, settings_json, signing_secret, source_url, fetched_at, fetch_error,
             active_version, created_at, updated_at, deprecated_at, retires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
             $18)
             on conflict (id) do update set name = excluded.name,
             description = excluded.description,
             category = excluded.category, tags_json = excluded.tags_json, status = excluded.status,
             base_url = excluded.base_url, sandbox_url = excluded.sandbox_url,
             settings_json = excluded.settings_json, source_url = excluded.source_url,
             fetched_at = excluded.fetched_at, fetch_error = excluded.fetch_error,
             active_version = excluded.active_version, updated_at = excluded.updated_at,
             deprecated_at = excluded.deprecated_at, retires_at = excluded.retires_at",
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
        .bind(row.deprecated_at)
        .bind(row.retires_at)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Products with a retirement date, with this date.
pub async fn retiring(db: &Db) -> Result<Vec<(String, Timestamp)>> {
    let rows: Vec<(String, i64)> = on!(db, |c| query_as(
        "select id, retires_at from products where retires_at is not null order by id"
    )
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, at)| (id, Timestamp(at))).collect())
}

/// Makes all instances load the product again.
pub async fn touch(tx: &mut Tx, product: &str, now: Timestamp) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "update products set updated_at = case when updated_at < $2 then $2
             else updated_at + 1 end where id = $1",
        )
        .bind(product)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Claims the next fetch of a document, which was last fetched at `before`. False if another
/// instance did.
pub async fn claim_fetch(
    tx: &mut Tx,
    id: &str,
    before: Option<i64>,
    now: Timestamp,
) -> Result<bool> {
    let claimed = in_tx!(tx, |c| query(
        "update products set fetched_at = $3 where id = $1 and coalesce(fetched_at, -1) = $2"
    )
    .bind(id)
    .bind(before.unwrap_or(-1))
    .bind(now.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(claimed > 0)
}

/// Records the result of the last fetch of the document.
pub async fn note_fetch(tx: &mut Tx, id: &str, error: &str) -> Result<()> {
    in_tx!(tx, |c| query("update products set fetch_error = $2 where id = $1")
        .bind(id)
        .bind(error)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    in_tx!(tx, |c| query("delete from product_versions where product = $1")
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(in_tx!(tx, |c| query("delete from products where id = $1")
        .bind(id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?
        > 0)
}
