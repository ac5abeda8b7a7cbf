//! Registering a product, and giving it a new document. A bad document changes nothing.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::store::{self, ProductRow};
use crate::server::access::Operator;
use crate::server::db::{Change, Db, Tx};
use crate::server::outbound::{Reach, check_url};
use crate::server::spec::{Fault, MAX_DOCUMENT, Spec};
use crate::server::{Error, Result, audit, random, upstream};
use crate::types::code::Code;
use crate::types::error::FieldError;
use crate::types::id::VersionId;
use crate::types::product::{AdminProduct, ProductId, ProductSettings, ProductStatus};
use crate::types::time::Timestamp;

const MAX_PRODUCTS: i64 = 500;
/// Versions that are kept of one product; the oldest go first.
const MAX_VERSIONS: usize = 100;
const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 20_000;
const MAX_TAGS: usize = 20;
const MAX_ORIGINS: usize = 50;
const MAX_TIMEOUT_MS: u32 = 100_000;

/// What is asked for. Where the product exists, what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    pub document: Option<Vec<u8>>,
    /// For a new product, the document's title where none is given.
    pub name: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    pub tags: Option<Vec<String>>,
    pub status: Option<ProductStatus>,
    /// For a new product, the document's first server where none is given.
    pub base_url: Option<String>,
    /// An inner none: the built-in mock.
    pub sandbox_url: Option<Option<String>>,
    pub source_url: Option<Option<String>>,
    pub settings: Option<ProductSettings>,
}

/// What came of a registration.
pub struct Registered {
    pub product: AdminProduct,
    pub is_new: bool,
    /// Whether the product has a document that it had not before.
    pub is_changed: bool,
}

/// Registers a product, or changes one, and tells nobody of it.
///
/// # Errors
/// `validation_failed` with every fault of the document and its place, and every field that is wrong; `conflict` where
/// there are too many products, or somebody else changes this one; `not_found` for one that does not exist, if there is no
/// document.
pub async fn register(db: &Db, operator: &Operator, id: &ProductId, wanted: Registration, now: Timestamp) -> Result<Registered> {
    let prepared = Prepared::of(db, id, wanted).await?;
    let mut tx = db.begin().await?;
    let registered = prepared.write(&mut tx, operator, now).await?;
    tx.commit().await?;
    Ok(registered)
}

/// A registration whose documents are read: before the transaction, which nobody else can write beside.
pub struct Prepared<'a> {
    id: &'a ProductId,
    wanted: Registration,
    new: Option<Arc<Spec>>,
    /// The product's document until now, by its version; none where it is the new one.
    old: Option<(String, Option<Arc<Spec>>)>,
}

impl<'a> Prepared<'a> {
    /// # Errors
    /// `validation_failed` with every fault of the document.
    pub async fn of(db: &Db, id: &'a ProductId, wanted: Registration) -> Result<Self> {
        let new = match &wanted.document {
            Some(document) => Some(Arc::new(read(document.clone()).await?)),
            None => None,
        };
        let active = store::versions(db, id.as_str()).await?.into_iter().find(|version| version.is_active);
        let old = match active {
            Some(version) if wanted.document.as_ref().is_some_and(|document| sha256(document) == version.sha256) => {
                Some((version.id, None))
            }
            Some(version) => {
                let document = unpack(&store::document(db, &version.id).await?)?;
                // One that the rules of today refuse is replaced without being compared.
                Some((version.id, read(document).await.ok().map(Arc::new)))
            }
            None => None,
        };
        Ok(Self { id, wanted, new, old })
    }

    /// The document that there was and the one that comes, where it is another one.
    pub fn change(&self) -> Option<(&Arc<Spec>, &Arc<Spec>)> {
        let (_, old) = self.old.as_ref()?;
        Some((old.as_ref()?, self.new.as_ref()?))
    }

    /// # Errors
    /// As [`register`].
    pub async fn write(&self, tx: &mut Tx, operator: &Operator, now: Timestamp) -> Result<Registered> {
        let Self { id, wanted, new, old } = self;
        let before = store::find_in(tx, id.as_str()).await?;
        if before.is_none() && store::count_in(tx).await? >= MAX_PRODUCTS {
            return Err(Error::new(Code::Conflict, format!("There are {MAX_PRODUCTS} products already, which is the most there can be.")));
        }
        let was_read = old.as_ref().map(|(version, _)| version);
        if before.as_ref().map(|row| &row.active_version) != was_read {
            return Err(Error::new(
                Code::Conflict,
                "Somebody else has just given this product another document. Look at it and try again.",
            ));
        }
        let mut row = merged(before.as_ref(), id, wanted, new.as_deref(), now)?;
        let mut is_changed = false;
        if let (Some(document), Some(spec)) = (&wanted.document, new) {
            is_changed = put_document(tx, operator, &mut row, document, spec, now).await?;
        }
        store::put(tx, &row).await?;
        let (action, was) = match &before {
            Some(before) => ("product.changed", Some(told(before))),
            None => ("product.registered", None),
        };
        audit::record(tx, None, &operator.actor, action, id.as_str(), was, Some(told(&row)), now).await?;
        tx.announce(Change::Product(id.to_string()));
        let old = old.as_ref().and_then(|(_, spec)| spec.as_ref());
        let product = new.as_ref().or(old).map_or_else(|| row.own_view(), |spec| row.view(spec))?;
        Ok(Registered { product, is_new: before.is_none(), is_changed })
    }
}

/// Makes the document the product's newest version, unless it is that already. True if it was not.
async fn put_document(
    tx: &mut Tx,
    operator: &Operator,
    row: &mut ProductRow,
    document: &[u8],
    spec: &Spec,
    now: Timestamp,
) -> Result<bool> {
    let versions = store::versions_in(tx, &row.id).await?;
    let sha256 = sha256(document);
    if versions.iter().any(|version| version.is_active && version.sha256 == sha256) {
        return Ok(false);
    }
    let id: VersionId = random::id();
    let ids: Vec<&str> = spec.operations.iter().map(|operation| operation.id.as_str()).collect();
    row.active_version = id.as_str().to_owned();
    row.revision = versions.first().map_or(1, |newest| newest.number + 1);
    // The product first: a version belongs to one.
    store::put(tx, row).await?;
    let version = store::NewVersion {
        id: id.as_str(),
        product: &row.id,
        number: row.revision,
        label: &spec.version,
        document: &pack(document)?,
        sha256: &sha256,
        operations_json: &serde_json::to_string(&ids)?,
        created_by: &operator.actor.id,
        created_at: now,
    };
    store::insert_version(tx, &version).await?;
    for old in versions.iter().skip(MAX_VERSIONS - 1) {
        store::delete_version(tx, &old.id).await?;
    }
    Ok(true)
}

/// Takes a product and its documents away. Its usage, logs and plans stay.
///
/// # Errors
/// `not_found`.
pub async fn remove(db: &Db, operator: &Operator, id: &ProductId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let before = store::find_in(&mut tx, id.as_str()).await?.ok_or_else(|| Error::not_found("product"))?;
    store::delete(&mut tx, id.as_str()).await?;
    audit::record(&mut tx, None, &operator.actor, "product.removed", id.as_str(), Some(told(&before)), None, now).await?;
    tx.announce(Change::Product(id.to_string()));
    tx.commit().await
}

/// Reads a document where that holds nobody up.
pub async fn read(document: Vec<u8>) -> Result<Spec> {
    let read = tokio::task::spawn_blocking(move || Spec::read(&document)).await.map_err(anyhow::Error::from)?;
    read.map_err(|faults| Error::fields(faults.into_iter().map(fault).collect()))
}

fn fault(fault: Fault) -> FieldError {
    let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    FieldError::new(format!("document#{}", fault.pointer), "invalid_document", format!("{line}{}", fault.message))
}

/// The product as it is to be. A new one needs a document.
fn merged(before: Option<&ProductRow>, id: &ProductId, wanted: &Registration, new: Option<&Spec>, now: Timestamp) -> Result<ProductRow> {
    let mut errors = Vec::new();
    let mut row = match (before, new) {
        (Some(before), _) => before.clone(),
        (None, Some(spec)) => fresh(id, spec, now),
        (None, None) => return Err(Error::not_found("product")),
    };
    let mut take = |field: &'static str, value: &Option<String>, max: usize, into: &mut String| {
        let Some(value) = value else { return };
        if value.chars().count() > max {
            errors.push(FieldError::new(field, "invalid_length", format!("Give at most {max} characters.")));
        }
        value.trim().clone_into(into);
    };
    take("name", &wanted.name, MAX_NAME, &mut row.name);
    take("description", &wanted.description, MAX_DESCRIPTION, &mut row.description);
    take("category", &wanted.category, MAX_NAME, &mut row.category);
    take("base_url", &wanted.base_url, 2_000, &mut row.base_url);
    if row.name.trim().is_empty() {
        errors.push(FieldError::new("name", "missing", "Give the product a name."));
    }
    if let Some(tags) = &wanted.tags {
        if tags.len() > MAX_TAGS || tags.iter().any(|tag| tag.trim().is_empty() || tag.chars().count() > 40) {
            errors.push(FieldError::new("tags", "invalid_length", format!("Give at most {MAX_TAGS} tags of 1 to 40 characters.")));
        }
        row.tags_json = serde_json::to_string(tags)?;
    }
    if let Some(status) = wanted.status {
        status.as_str().clone_into(&mut row.status);
    }
    if let Some(sandbox_url) = &wanted.sandbox_url {
        row.sandbox_url = sandbox_url.clone().filter(|url| !url.trim().is_empty());
    }
    if let Some(source_url) = &wanted.source_url {
        row.source_url = source_url.clone().filter(|url| !url.trim().is_empty());
    }
    if let Some(settings) = &wanted.settings {
        check_settings(settings, &mut errors);
        row.settings_json = serde_json::to_string(settings)?;
    }
    let refused = |field: &str, reason: String| FieldError::new(field, "invalid_format", reason);
    if row.base_url.is_empty() {
        errors.push(FieldError::new("base_url", "missing", "Say where live calls go: the document names no server."));
    } else {
        errors.extend(check_upstream(&row.base_url).err().map(|reason| refused("base_url", reason)));
    }
    if let Some(url) = &row.sandbox_url {
        errors.extend(check_upstream(url).err().map(|reason| refused("sandbox_url", reason)));
    }
    if let Some(url) = &row.source_url {
        // Whether it may be reached is checked at each fetch.
        errors.extend(check_url(url, Reach::Anywhere).err().map(|fault| refused("source_url", fault.to_string())));
    }
    row.updated_at = now.0.max(row.updated_at + 1);
    if errors.is_empty() { Ok(row) } else { Err(Error::fields(errors)) }
}

/// By the rules of those who call it, so that no product is registered which cannot be called.
fn check_upstream(text: &str) -> Result<(), String> {
    let url: Url = text.parse().map_err(|error| format!("This is not a URL: {error}."))?;
    upstream::check(&url).map(drop).map_err(str::to_owned)
}

fn fresh(id: &ProductId, spec: &Spec, now: Timestamp) -> ProductRow {
    ProductRow {
        id: id.to_string(),
        name: spec.title.chars().take(MAX_NAME).collect(),
        category: "APIs".into(),
        tags_json: "[]".into(),
        status: ProductStatus::default().as_str().into(),
        base_url: spec.servers.iter().find(|server| server.starts_with("http")).cloned().unwrap_or_default(),
        settings_json: "{}".into(),
        operations_json: "[]".into(),
        signing_secret: random::base62(43),
        created_at: now.0,
        ..ProductRow::default()
    }
}

fn check_settings(settings: &ProductSettings, errors: &mut Vec<FieldError>) {
    let timeouts = [("connect_timeout_ms", settings.connect_timeout_ms), ("timeout_ms", settings.timeout_ms)];
    for (field, value) in timeouts {
        if !(1..=MAX_TIMEOUT_MS).contains(&value) {
            errors.push(FieldError::new(format!("settings.{field}"), "out_of_range", format!("Give 1 to {MAX_TIMEOUT_MS} milliseconds.")));
        }
    }
    let is_origin = |text: &String| {
        text == "*" || Url::parse(text).is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == *text)
    };
    if settings.cors_origins.len() > MAX_ORIGINS || !settings.cors_origins.iter().all(is_origin) {
        let message = format!("Give at most {MAX_ORIGINS} origins such as https://app.example.com, or *.");
        errors.push(FieldError::new("settings.cors_origins", "invalid_format", message));
    }
}

/// A product as the audit trail keeps it: without its secret.
fn told(row: &ProductRow) -> serde_json::Value {
    json!({
        "name": row.name, "category": row.category, "status": row.status, "base_url": row.base_url, "sandbox_url": row.sandbox_url,
        "source_url": row.source_url, "settings": row.settings_json, "revision": row.revision,
    })
}

/// In hexadecimal.
fn sha256(document: &[u8]) -> String {
    Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pack(document: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(document)?;
    Ok(encoder.finish()?)
}

/// Undoes [`pack`].
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let mut document = Vec::new();
    GzDecoder::new(packed).take(MAX_DOCUMENT as u64 + 1).read_to_end(&mut document)?;
    Ok(document)
}
