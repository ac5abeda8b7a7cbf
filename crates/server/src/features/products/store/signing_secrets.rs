//! SQL of products' signing secrets.

use std::collections::HashSet;

use sqlx::{query, query_as};
use tollgate_types::id::SigningSecretId;
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};
use crate::sealer::NAME;

/// An encrypted signing secret of a product.
#[derive(sqlx::FromRow)]
pub struct SecretRow {
    pub id: String,
    pub sealed: Vec<u8>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

impl SecretRow {
    pub fn signs(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at > now.0)
    }
}

const SECRETS: &str = "
    select id, sealed, created_at, expires_at from product_signing_secrets
    where product = $1 order by created_at desc, id desc limit 100";

/// Newest first.
pub async fn secrets(db: &Db, product: &str) -> Result<Vec<SecretRow>> {
    Ok(on!(db, |c| query_as(SECRETS).bind(product).fetch_all(c).await)?)
}

pub async fn secrets_in(tx: &mut Tx, product: &str) -> Result<Vec<SecretRow>> {
    Ok(in_tx!(tx, |c| query_as(SECRETS).bind(product).fetch_all(c).await)?)
}

/// Locks the product, and returns the secret that an older version of this program stored in clear;
/// empty if there is none. `None` for a product that does not exist.
pub async fn hold_clear_secret(tx: &mut Tx, product: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = in_tx!(tx, |c| {
        query_as(
        "update products set signing_secret = signing_secret where id = $1 returning signing_secret"
    )
    .bind(product)
    .fetch_optional(c)
    .await
    })?;
    Ok(row.map(|(clear,)| clear))
}

pub async fn blank_clear_secret(tx: &mut Tx, product: &str) -> Result<()> {
    in_tx!(tx, |c| query("update products set signing_secret = '' where id = $1")
        .bind(product)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Products whose secret an older version of this program stored in clear.
pub async fn with_clear_secret(db: &Db) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        on!(db, |c| query_as("select id from products where signing_secret <> '' order by id")
            .fetch_all(c)
            .await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn insert_secret(
    tx: &mut Tx,
    id: &SigningSecretId,
    product: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
            "insert into product_signing_secrets (id, product, sealed, created_at)
             values ($1, $2, $3, $4)",
        )
        .bind(id.as_str())
        .bind(product)
        .bind(sealed)
        .bind(now.0)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub async fn end_secret(tx: &mut Tx, id: &str, expires_at: i64) -> Result<()> {
    in_tx!(tx, |c| query("update product_signing_secrets set expires_at = $2 where id = $1")
        .bind(id)
        .bind(expires_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn delete_secret(tx: &mut Tx, id: &str) -> Result<()> {
    in_tx!(tx, |c| query("delete from product_signing_secrets where id = $1")
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Products with a secret that was not encrypted with the key of this name; without a key, all that
/// have a secret.
pub async fn count_foreign_secrets(db: &Db, name: Option<[u8; NAME]>) -> Result<u64> {
    let rows: Vec<(String, Vec<u8>)> =
        on!(db, |c| query_as("select product, sealed from product_signing_secrets")
            .fetch_all(c)
            .await)?;
    let foreign: HashSet<String> = rows
        .into_iter()
        .filter(|(_, sealed)| name.is_none_or(|name| !sealed.starts_with(&name)))
        .map(|(product, _)| product)
        .collect();
    Ok(foreign.len() as u64)
}
