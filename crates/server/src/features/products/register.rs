//! Registering a product, and replacing its document. An invalid document changes nothing.

mod merge;

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use merge::merged;
use serde_json::json;
use sha2::{Digest, Sha256};
use tollgate_openapi::schemas::{Problem, Schemas};
use tollgate_openapi::spec::{Fault, MAX_DOCUMENT, Spec, Strictness};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use tollgate_types::id::VersionId;
use tollgate_types::product::{
    AdminProduct, DocumentWarning, DocumentWarnings, ProductId, ProductSettings, ProductStatus,
    SchemaProblem,
};
use tollgate_types::time::Timestamp;

use super::store::{self, ProductRow};
use crate::access::Operator;
use crate::db::{Change, Db, Tx};
use crate::{Error, Result, audit, offload, random};

const MAX_PRODUCTS: i64 = 500;
/// Versions that are kept per product; the oldest are deleted first.
const MAX_VERSIONS: usize = 100;

/// The requested values. For an existing product, `None` keeps the current value.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// Refuse this if the product exists.
    pub must_be_new: bool,
    pub document: Option<Vec<u8>>,
    /// Refuse a document with warnings.
    pub is_strict: bool,
    /// Default for a new product: the document's title.
    pub name: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    pub tags: Option<Vec<String>>,
    pub status: Option<ProductStatus>,
    /// Default for a new product: the document's first server.
    pub base_url: Option<String>,
    /// An inner `None`: the built-in mock.
    pub sandbox_url: Option<Option<String>>,
    pub source_url: Option<Option<String>>,
    pub settings: Option<ProductSettings>,
}

/// The result of a registration.
pub struct Registered {
    pub product: AdminProduct,
    pub is_new: bool,
    /// Whether the document is new.
    pub is_changed: bool,
}

/// Registers a product, or changes one, without notifying anybody.
///
/// # Errors
/// `validation_failed` with every fault of the document and its location, and every invalid field;
/// `conflict` if there are too many products, or somebody else changes this one; `not_found` for an
/// unknown product without a document.
pub async fn register(
    db: &Db,
    operator: &Operator,
    id: &ProductId,
    wanted: Registration,
    now: Timestamp,
) -> Result<Registered> {
    let prepared = Prepared::of(db, id, wanted).await?;
    let mut tx = db.begin().await?;
    let registered = prepared.write(&mut tx, operator, now).await?;
    tx.commit().await?;
    Ok(registered)
}

/// A registration with parsed documents: prepared before the transaction, which blocks other
/// writers.
pub struct Prepared<'a> {
    id: &'a ProductId,
    wanted: Registration,
    new: Option<Arc<Spec>>,
    /// The product's previous document, by its version; `None` if it is the new one.
    old: Option<(String, Option<Arc<Spec>>)>,
}

impl<'a> Prepared<'a> {
    /// # Errors
    /// `validation_failed` with every fault of the document.
    pub async fn of(db: &Db, id: &'a ProductId, wanted: Registration) -> Result<Self> {
        let new = match &wanted.document {
            Some(document) => {
                let strictness =
                    if wanted.is_strict { Strictness::Strict } else { Strictness::Lenient };
                Some(Arc::new(read_with(document.clone(), strictness).await?))
            }
            None => None,
        };
        let active =
            store::versions(db, id.as_str()).await?.into_iter().find(|version| version.is_active);
        let old = match active {
            Some(version)
                if wanted
                    .document
                    .as_ref()
                    .is_some_and(|document| sha256(document) == version.sha256) =>
            {
                Some((version.id, None))
            }
            Some(version) => {
                let document = unpack(&store::document(db, &version.id).await?)?;
                // A document that is invalid under current rules is replaced without a comparison.
                Some((version.id, read(document).await.ok().map(Arc::new)))
            }
            None => None,
        };
        Ok(Self { id, wanted, new, old })
    }

    /// The unreadable schema parts of the new document, or of the old one if it stays.
    pub async fn problems(&self) -> Result<Vec<SchemaProblem>> {
        match &self.new {
            Some(spec) => problems(spec).await,
            None => Ok(Vec::new()),
        }
    }

    /// The warnings of the new document.
    pub fn warnings(&self) -> DocumentWarnings {
        self.new.as_deref().map(warnings_of).unwrap_or_default()
    }

    /// The previous and the new document, if they differ. The previous one is not kept, because two
    /// documents may take hundreds of megabytes.
    pub fn take_change(&mut self) -> Option<(Arc<Spec>, Arc<Spec>)> {
        let new = self.new.as_ref()?;
        let (_, old) = self.old.as_mut()?;
        Some((old.take()?, Arc::clone(new)))
    }

    /// # Errors
    /// As [`register`].
    pub async fn write(
        &self,
        tx: &mut Tx,
        operator: &Operator,
        now: Timestamp,
    ) -> Result<Registered> {
        let Self { id, wanted, new, old } = self;
        let before = store::find_in(tx, id.as_str()).await?;
        if wanted.must_be_new && before.is_some() {
            let message = format!(
                "The product {id} already exists. Choose another id, or replace its document."
            );
            return Err(Error::field("id", "taken", message));
        }
        if before.is_none() && store::count_in(tx).await? >= MAX_PRODUCTS {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "The portal already has {MAX_PRODUCTS} products, the maximum. Remove one first."
                ),
            ));
        }
        let was_read = old.as_ref().map(|(version, _)| version);
        if before.as_ref().map(|row| &row.active_version) != was_read {
            return Err(Error::new(
                Code::Conflict,
                "Another operator has just replaced this product's document. Check it and try \
                 again.",
            ));
        }
        let mut row = merged(before.as_ref(), id, wanted, new.as_deref(), now)?;
        let mut is_changed = false;
        if let (Some(document), Some(spec)) = (&wanted.document, new) {
            is_changed = put_document(tx, operator, &mut row, document, spec, now).await?;
        }
        store::put(tx, &row).await?;
        let (action, was) = match &before {
            Some(before) => ("product.changed", Some(audited(before))),
            None => ("product.registered", None),
        };
        audit::record(
            tx,
            None,
            &operator.actor,
            action,
            id.as_str(),
            was,
            Some(audited(&row)),
            now,
        )
        .await?;
        tx.announce(Change::Product(id.to_string()));
        let old = old.as_ref().and_then(|(_, spec)| spec.as_ref());
        let product = new.as_ref().or(old).map_or_else(|| row.own_view(), |spec| row.view(spec))?;
        Ok(Registered { product, is_new: before.is_none(), is_changed })
    }
}

/// Makes the document the product's newest version, unless it already is. True if it was not.
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
    // The product first: a version references it.
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

/// Removes a product and its documents. Its usage, logs and plans stay.
///
/// # Errors
/// `not_found`; `conflict` for a product with paying subscribers.
pub async fn remove(db: &Db, operator: &Operator, id: &ProductId, now: Timestamp) -> Result<()> {
    super::retire::check_removable(db, id.as_str()).await?;
    let mut tx = db.begin().await?;
    let before =
        store::find_in(&mut tx, id.as_str()).await?.ok_or_else(|| Error::not_found("product"))?;
    store::delete(&mut tx, id.as_str()).await?;
    audit::record(
        &mut tx,
        None,
        &operator.actor,
        "product.removed",
        id.as_str(),
        Some(audited(&before)),
        None,
        now,
    )
    .await?;
    tx.announce(Change::Product(id.to_string()));
    tx.commit().await
}

/// Parses a document on a separate thread.
pub async fn read(document: Vec<u8>) -> Result<Spec> {
    read_with(document, Strictness::Lenient).await
}

async fn read_with(document: Vec<u8>, strictness: Strictness) -> Result<Spec> {
    let read = tokio::task::spawn_blocking(move || Spec::read_with(&document, strictness))
        .await
        .map_err(anyhow::Error::from)?;
    read.map_err(refused)
}

/// The error for a document with these faults.
pub fn refused(faults: Vec<Fault>) -> Error {
    Error::fields(faults.into_iter().map(fault).collect())
}

/// The warnings of a document that was read.
pub fn warnings_of(spec: &Spec) -> DocumentWarnings {
    let listed = spec.warnings.iter().cloned();
    let listed = listed
        .map(|Fault { pointer, line, message }| DocumentWarning { pointer, line, message })
        .collect();
    DocumentWarnings { listed, more: spec.more_warnings as u64 }
}

/// The unreadable parts of a document's schemas, determined on a separate thread.
pub async fn problems(spec: &Arc<Spec>) -> Result<Vec<SchemaProblem>> {
    let spec = Arc::clone(spec);
    offload::DOCUMENTS.run(move || problems_of(spec)).await
}

pub fn problems_of(spec: Arc<Spec>) -> Vec<SchemaProblem> {
    let problems = Schemas::of_responses(spec).problems();
    problems
        .into_iter()
        .map(|Problem { pointer, message }| SchemaProblem { pointer, message })
        .collect()
}

fn fault(fault: Fault) -> FieldError {
    let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    FieldError::new(
        format!("document#{}", fault.pointer),
        "invalid_document",
        format!("{line}{}", fault.message),
    )
}

/// A product for the audit trail: without its secret.
fn audited(row: &ProductRow) -> serde_json::Value {
    json!({
        "name": row.name, "category": row.category, "status": row.status,
        "base_url": row.base_url, "sandbox_url": row.sandbox_url, "source_url": row.source_url,
        "settings": row.settings_json, "revision": row.revision,
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
