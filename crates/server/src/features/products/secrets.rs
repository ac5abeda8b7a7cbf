//! The secrets that sign requests to a product's server, so that it can verify their origin.
//! Encrypted in the database; shown to operators on request. A new secret signs together with the
//! previous one for a while.

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::id::SigningSecretId;
use tollgate_types::product::{ProductId, SigningSecret};
use tollgate_types::rotation::Overlap;
use tollgate_types::time::Timestamp;

use super::store::{self, SecretRow};
use crate::access::Operator;
use crate::db::{Change, Db};
use crate::sealer::Sealer;
use crate::{Error, Result, audit, random};

/// The maximum number of valid secrets: each adds a signature to a header of every call.
const MAX_VALID: usize = 3;
const PREFIX: &str = "tgsig_";
/// Characters of base62: more than 256 bits.
const LENGTH: usize = 43;

/// A decrypted secret. Without `Debug`.
pub struct Signing {
    pub secret: Vec<u8>,
    /// `None` for the newest.
    pub until: Option<Timestamp>,
}

/// The valid secrets of a product, newest first. Creates the first secret, and encrypts one that an
/// older version of this program stored in clear; `None` for a product that does not exist.
pub async fn provide(
    db: &Db,
    sealer: &Sealer,
    product: &str,
    now: Timestamp,
) -> Result<Vec<Signing>> {
    let rows = provide_rows(db, sealer, product, now).await?;
    rows.iter()
        .map(|row| {
            Ok(Signing {
                secret: sealer.open(&row.id, &row.sealed)?,
                until: row.expires_at.map(Timestamp),
            })
        })
        .collect()
}

async fn provide_rows(
    db: &Db,
    sealer: &Sealer,
    product: &str,
    now: Timestamp,
) -> Result<Vec<SecretRow>> {
    let rows = store::secrets(db, product).await?;
    if rows.iter().any(|row| row.expires_at.is_none()) {
        return Ok(rows);
    }
    let mut tx = db.begin().await?;
    // Locks the product: if several instances start concurrently, one creates the secret.
    let Some(clear) = store::hold_clear_secret(&mut tx, product).await? else {
        return Ok(Vec::new());
    };
    if store::secrets_in(&mut tx, product).await?.iter().all(|row| row.expires_at.is_some()) {
        let secret = if clear.is_empty() { generate() } else { clear };
        let id: SigningSecretId = random::id();
        store::insert_secret(
            &mut tx,
            &id,
            product,
            &sealer.seal(id.as_str(), secret.as_bytes())?,
            now,
        )
        .await?;
        store::blank_clear_secret(&mut tx, product).await?;
    }
    tx.commit().await?;
    store::secrets(db, product).await
}

fn generate() -> String {
    format!("{PREFIX}{}", random::base62(LENGTH))
}

/// Encrypts the secrets that an older version of this program stored in clear.
pub async fn seal_all(db: &Db, sealer: &Sealer, now: Timestamp) -> Result<()> {
    for product in store::with_clear_secret(db).await? {
        provide_rows(db, sealer, &product, now).await?;
    }
    Ok(())
}

/// Products whose secrets cannot be decrypted with this key: they are missing from the catalogue.
pub async fn foreign(db: &Db, sealer: Option<&Sealer>) -> Result<u64> {
    store::count_foreign_secrets(db, sealer.map(Sealer::name)).await
}

/// Returns the valid secrets, newest first. The access is recorded in the audit trail.
///
/// # Errors
/// `not_found`.
pub async fn reveal(
    db: &Db,
    sealer: &Sealer,
    operator: &Operator,
    product: &ProductId,
    now: Timestamp,
) -> Result<Vec<SigningSecret>> {
    let rows = provide_rows(db, sealer, product.as_str(), now).await?;
    if rows.is_empty() {
        return Err(Error::not_found("product"));
    }
    let shown: Vec<SigningSecret> = rows
        .iter()
        .filter(|row| row.signs(now))
        .map(|row| show(sealer, row))
        .collect::<Result<_>>()?;
    let ids: Vec<&SigningSecretId> = shown.iter().map(|secret| &secret.id).collect();
    let mut tx = db.begin().await?;
    let after = Some(json!({ "secrets": ids }));
    audit::record(
        &mut tx,
        None,
        &operator.actor,
        "product.signing_secret_shown",
        product.as_str(),
        None,
        after,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(shown)
}

fn show(sealer: &Sealer, row: &SecretRow) -> Result<SigningSecret> {
    Ok(SigningSecret {
        id: row.id.parse().map_err(anyhow::Error::from)?,
        secret: String::from_utf8(sealer.open(&row.id, &row.sealed)?)
            .map_err(anyhow::Error::from)?,
        created_at: Timestamp(row.created_at),
        expires_at: row.expires_at.map(Timestamp),
    })
}

/// Creates a new secret. The previous one stays valid until the overlap ends; without an overlap,
/// all older ones end immediately.
///
/// # Errors
/// `not_found`; `conflict` if too many secrets are valid.
pub async fn rotate(
    db: &Db,
    sealer: &Sealer,
    operator: &Operator,
    product: &ProductId,
    overlap: Overlap,
    now: Timestamp,
) -> Result<SigningSecret> {
    if provide_rows(db, sealer, product.as_str(), now).await?.is_empty() {
        return Err(Error::not_found("product"));
    }
    let mut tx = db.begin().await?;
    if store::hold_clear_secret(&mut tx, product.as_str()).await?.is_none() {
        return Err(Error::not_found("product"));
    }
    let rows = store::secrets_in(&mut tx, product.as_str()).await?;
    let until = now.plus(overlap.length());
    if overlap != Overlap::Now && rows.iter().filter(|row| row.signs(now)).count() >= MAX_VALID {
        let detail = format!(
            "This product already has {MAX_VALID} valid signing secrets. Wait until one expires, or rotate without overlap, which ends all older secrets."
        );
        return Err(Error::new(Code::Conflict, detail));
    }
    for row in &rows {
        if overlap != Overlap::Now && row.signs(now) {
            // A secret that already has an end keeps it.
            store::end_secret(&mut tx, &row.id, row.expires_at.unwrap_or(until.0)).await?;
        } else {
            store::delete_secret(&mut tx, &row.id).await?;
        }
    }
    let (id, secret): (SigningSecretId, String) = (random::id(), generate());
    store::insert_secret(
        &mut tx,
        &id,
        product.as_str(),
        &sealer.seal(id.as_str(), secret.as_bytes())?,
        now,
    )
    .await?;
    store::touch(&mut tx, product.as_str(), now).await?;
    let after = Some(json!({ "secret": id, "overlap": overlap }));
    audit::record(
        &mut tx,
        None,
        &operator.actor,
        "product.signing_secret_rotated",
        product.as_str(),
        None,
        after,
        now,
    )
    .await?;
    tx.announce(Change::Product(product.to_string()));
    tx.commit().await?;
    Ok(SigningSecret { id, secret, created_at: now, expires_at: None })
}
