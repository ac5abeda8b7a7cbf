//! SQL of products' versions.

use std::collections::HashSet;

use sqlx::{query, query_as};
use tollgate_types::product::ProductVersion;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

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
    select v.id, v.number, v.label, v.sha256, v.operations_json, v.created_at,
    v.id = p.active_version as is_active
    from product_versions v join products p on p.id = v.product where v.product = $1
    order by v.number desc limit 1000";

/// Newest first.
pub async fn versions(db: &Db, product: &str) -> Result<Vec<VersionRow>> {
    Ok(on!(db, |c| query_as(VERSIONS).bind(product).fetch_all(c).await)?)
}

pub async fn versions_in(tx: &mut Tx, product: &str) -> Result<Vec<VersionRow>> {
    Ok(in_tx!(tx, |c| query_as(VERSIONS).bind(product).fetch_all(c).await)?)
}

/// The ids of the current operations of a product; `None` if there is no such product.
pub async fn operation_ids(db: &Db, product: &str) -> Result<Option<HashSet<String>>> {
    let row: Option<(String,)> = on!(db, |c| {
        query_as(
            "select v.operations_json from products p
             join product_versions v on v.id = p.active_version where p.id = $1",
        )
        .bind(product)
        .fetch_optional(c)
        .await
    })?;
    row.map(|(json,)| Ok(serde_json::from_str(&json)?)).transpose()
}

/// The compressed document of a version.
pub async fn document(db: &Db, version: &str) -> Result<Vec<u8>> {
    let (document,): (Vec<u8>,) =
        on!(db, |c| query_as("select document from product_versions where id = $1")
            .bind(version)
            .fetch_one(c)
            .await)?;
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
    in_tx!(tx, |c| {
        query(
            "insert into product_versions (id, product, number, label, document, sha256,
             operations_json, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
        .map(drop)
    })?;
    Ok(())
}

pub async fn delete_version(tx: &mut Tx, id: &str) -> Result<()> {
    in_tx!(tx, |c| query("delete from product_versions where id = $1")
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
