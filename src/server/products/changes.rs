//! What a new document breaks, and for whom: those who called it in the last 30 days are told, each once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::register::{Prepared, Registered, Registration, read, unpack};
use super::store;
use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::db::{Db, Tx};
use crate::server::mail::{self, Letter};
use crate::server::notices::{self, Notice};
use crate::server::spec::{self, ChangeKind, Spec};
use crate::server::{Error, Result, accounts, usage};
use crate::types::change::{Affected, ChangeView, VersionDiff};
use crate::types::product::{AdminProduct, ProductId};
use crate::types::time::{DAY, Timestamp};

/// How far back calls count.
const CALLED_WITHIN: i64 = 30 * DAY;
/// Changes that a notice lists; the others are on the product's page.
const LISTED: usize = 20;

/// What came of publishing a document.
pub struct Published {
    pub product: AdminProduct,
    pub is_new: bool,
    pub is_changed: bool,
    /// What the new document changes; none where there was none before, or it is the same.
    pub diff: Option<VersionDiff>,
}

/// Registers a product and tells those for whom its new document breaks something, both or neither.
///
/// # Errors
/// As [`register`](super::register()).
pub async fn publish(
    db: &Db,
    config: &Config,
    operator: &Operator,
    id: &ProductId,
    wanted: Registration,
    now: Timestamp,
) -> Result<Published> {
    let prepared = Prepared::of(db, id, wanted).await?;
    let changes = match prepared.change() {
        Some((old, new)) => Some(changes_of(db, operator, id.as_str(), Arc::clone(old), Arc::clone(new), now).await?),
        None => None,
    };
    let mut tx = db.begin().await?;
    let Registered { product, is_new, is_changed } = prepared.write(&mut tx, operator, now).await?;
    let to = product.view.revision;
    let diff = changes.map(|(changes, affected)| VersionDiff { from: to.saturating_sub(1), to, changes, affected });
    if let Some(diff) = &diff {
        tell(&mut tx, config, &product, diff, now).await?;
    }
    tx.commit().await?;
    Ok(Published { is_new, is_changed, product, diff })
}

/// Compares two documents that a product has had: the active one with the one before it, where none is named.
///
/// # Errors
/// `not_found` for a product or version that does not exist.
pub async fn compare(db: &Db, operator: &Operator, id: &str, from: Option<u64>, to: Option<u64>, now: Timestamp) -> Result<VersionDiff> {
    let versions = store::versions(db, id).await?;
    let number = |row: &store::VersionRow| row.number.unsigned_abs();
    let to = match to {
        Some(to) => versions.iter().find(|version| number(version) == to),
        None => versions.iter().find(|version| version.is_active),
    };
    let to = to.ok_or_else(|| Error::not_found("version"))?;
    let from = match from {
        Some(from) => versions.iter().find(|version| number(version) == from),
        None => versions.iter().find(|version| version.number < to.number),
    };
    // The first one is compared with itself: nothing has changed.
    let from = from.or((versions.len() == 1).then_some(to)).ok_or_else(|| Error::not_found("version"))?;
    let (old, new) = (spec_of(db, from).await?, spec_of(db, to).await?);
    let (changes, affected) = changes_of(db, operator, id, old, new, now).await?;
    Ok(VersionDiff { from: number(from), to: number(to), changes, affected })
}

async fn spec_of(db: &Db, row: &store::VersionRow) -> Result<Arc<Spec>> {
    Ok(Arc::new(read(unpack(&store::document(db, &row.id).await?)?).await?))
}

/// What changes, and whoever called what breaks.
async fn changes_of(
    db: &Db,
    operator: &Operator,
    id: &str,
    old: Arc<Spec>,
    new: Arc<Spec>,
    now: Timestamp,
) -> Result<(Vec<ChangeView>, Vec<Affected>)> {
    let changes = tokio::task::spawn_blocking(move || spec::diff(&old, &new)).await.map_err(anyhow::Error::from)?;
    let changes: Vec<ChangeView> = changes.into_iter().map(view).collect();
    let broken: HashSet<&str> = changes.iter().filter(|change| change.breaking).filter_map(|change| change.operation.as_deref()).collect();
    let affected = if broken.is_empty() { Vec::new() } else { affected(db, operator, id, Some(&broken), now).await? };
    Ok((changes, affected))
}

fn view(change: spec::Change) -> ChangeView {
    ChangeView {
        breaking: change.kind == ChangeKind::Breaking,
        operation: change.operation,
        pointer: change.pointer,
        message: change.message,
    }
}

/// Whoever called one of these operations, or any where none is named, in the last 30 days. By organisation.
pub async fn affected(
    db: &Db,
    operator: &Operator,
    product: &str,
    operations: Option<&HashSet<&str>>,
    now: Timestamp,
) -> Result<Vec<Affected>> {
    let callers = usage::callers(db, operator, product, now.plus(-CALLED_WITHIN)).await?;
    let mut by_key: BTreeMap<(String, String), Affected> = BTreeMap::new();
    for caller in callers.into_iter().filter(|caller| operations.is_none_or(|wanted| wanted.contains(caller.operation.as_str()))) {
        let place = (caller.org_id.clone(), caller.key_id.clone());
        if !by_key.contains_key(&place) {
            let found = Affected {
                org_id: caller.org_id.parse().map_err(anyhow::Error::from)?,
                org_name: caller.org_name,
                key_id: caller.key_id.parse().map_err(anyhow::Error::from)?,
                key_name: caller.key_name,
                key_prefix: caller.key_prefix,
                operations: Vec::new(),
                calls: 0,
            };
            by_key.insert(place.clone(), found);
        }
        if let Some(found) = by_key.get_mut(&place) {
            found.operations.push(caller.operation);
            found.calls += caller.calls.unsigned_abs();
        }
    }
    Ok(by_key.into_values().collect())
}

/// A notice and mails for each organisation, as part of what they tell of.
async fn tell(tx: &mut Tx, config: &Config, product: &AdminProduct, diff: &VersionDiff, now: Timestamp) -> Result<()> {
    let subject = format!("{}@{}", product.view.id, diff.to);
    for keys in diff.orgs() {
        let Some(first) = keys.first() else { continue };
        let text = text(product, diff, keys);
        let title = format!("{} {} breaks calls that you make", product.view.name, product.view.version);
        let link = format!("/apis/{}", product.view.id);
        let notice = Notice { kind: "breaking_change", subject: &subject, title: title.clone(), body: text.clone(), link: link.clone() };
        if notices::write(tx, &first.org_id, &notice, now).await? {
            for person in accounts::technical_contacts(tx, &first.org_id).await? {
                let body = format!("Hello {},\n\n{text}\n\nIts documentation: {}{link}\n", person.name, config.base_url());
                mail::queue(tx, config, &Letter { to: &person.email, subject: title.clone(), body }, now).await?;
            }
        }
    }
    Ok(())
}

/// What of it concerns these keys, all of one organisation.
fn text(product: &AdminProduct, diff: &VersionDiff, keys: &[Affected]) -> String {
    let called: HashSet<&str> = keys.iter().flat_map(|key| &key.operations).map(String::as_str).collect();
    let changes = diff.changes.iter().filter(|change| change.breaking);
    let changes = changes.filter_map(|change| Some((change.operation.as_deref().filter(|id| called.contains(id))?, change)));
    let mut lines: Vec<String> = changes.map(|(id, change)| format!("- {id}: {}", change.message)).collect();
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    let names: Vec<String> = keys.iter().take(LISTED).map(|key| format!("{} ({}_…)", key.key_name, key.key_prefix)).collect();
    format!(
        "the API {} has a new version, {}, that changes what your keys called in the last 30 days:\n\n{}\n\nKeys that made such calls: {}.",
        product.view.name,
        product.view.version,
        lines.join("\n"),
        names.join(", ")
    )
}
