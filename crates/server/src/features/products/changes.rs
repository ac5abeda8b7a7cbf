//! The breaking changes of a new document, and the organisations that called the affected
//! operations in the last 30 days: each is notified once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tollgate_openapi::spec::{self, ChangeKind, Spec};
use tollgate_types::change::{Affected, ChangeView, VersionDiff};
use tollgate_types::id::OrgId;
use tollgate_types::product::{AdminProduct, DocumentWarnings, ProductId, SchemaProblem};
use tollgate_types::time::{DAY, Timestamp};

use super::register::{Prepared, Registered, Registration, read, unpack};
use super::store::{self, breaking_notices as notices_store};
use crate::access::Operator;
use crate::config::Config;
use crate::db::{Db, OPERATORS, Tx};
use crate::mail::{self, Mail};
use crate::notices::{self, Notice};
use crate::{Error, Result, accounts, usage};

/// How far back calls count: from the start of that day on.
const CALLED_WITHIN: i64 = 30 * DAY;
/// Changes in a notice; the others are on the product's page.
const LISTED: usize = 20;
/// Organisations per page, and per transaction of notices.
const ORGS: usize = 50;

/// The result of publishing a document.
pub struct Published {
    pub product: AdminProduct,
    pub is_new: bool,
    pub is_changed: bool,
    /// The changes of the new document; `None` if there was none before, or it is the same.
    pub diff: Option<VersionDiff>,
    /// The parts of the document's schemas that cannot be read, if a document was sent.
    pub problems: Vec<SchemaProblem>,
    /// The deviations of the document from the standard, if one was sent.
    pub warnings: DocumentWarnings,
}

/// Registers a product and notifies the partners whose calls its new document breaks. The first
/// [`ORGS`] organisations are notified in the same transaction; a job notifies the others, from
/// where this transaction stopped ([`notify_affected`]).
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
    let mut prepared = Prepared::of(db, id, wanted).await?;
    let changes = match prepared.take_change() {
        Some((old, new)) => Some(changes_of(db, operator, id.as_str(), old, new, now, "").await?),
        None => None,
    };
    let problems = prepared.problems().await?;
    let warnings = prepared.warnings();
    let mut tx = db.begin().await?;
    let Registered { product, is_new, is_changed } = prepared.write(&mut tx, operator, now).await?;
    // The catalogue reads the document again as soon as this is committed.
    drop(prepared);
    let to = product.view.revision;
    let diff = changes.map(|(changes, affected)| diff(to.saturating_sub(1), to, changes, affected));
    if let Some(diff) = &diff {
        let version = Version::of(&product, diff);
        notify(&mut tx, config, &version, &diff.affected, now).await?;
        if let Some(after) = &diff.next_cursor {
            let since = now.plus(-CALLED_WITHIN);
            notices_store::insert(
                &mut tx,
                &version.product,
                to,
                &serde_json::to_string(&version)?,
                since,
                after,
                now,
            )
            .await?;
        }
    }
    tx.commit().await?;
    Ok(Published { is_new, is_changed, product, diff, problems, warnings })
}

/// Compares two documents of a product: by default the active one with the previous one. Callers of
/// broken operations are listed for the organisations after the id `after`.
///
/// # Errors
/// `not_found` for a product or version that does not exist.
pub async fn compare(
    db: &Db,
    operator: &Operator,
    id: &str,
    (from, to): (Option<u64>, Option<u64>),
    after: &str,
    now: Timestamp,
) -> Result<VersionDiff> {
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
    // The first version is compared with itself: nothing has changed.
    let from =
        from.or((versions.len() == 1).then_some(to)).ok_or_else(|| Error::not_found("version"))?;
    let (old, new) = (spec_of(db, from).await?, spec_of(db, to).await?);
    let (changes, affected) = changes_of(db, operator, id, old, new, now, after).await?;
    Ok(diff(number(from), number(to), changes, affected))
}

fn diff(from: u64, to: u64, changes: Vec<ChangeView>, affected: AffectedKeys) -> VersionDiff {
    VersionDiff { from, to, changes, affected: affected.keys, next_cursor: affected.next }
}

async fn spec_of(db: &Db, row: &store::VersionRow) -> Result<Arc<Spec>> {
    Ok(Arc::new(read(unpack(&store::document(db, &row.id).await?)?).await?))
}

/// The changes, and the callers of broken operations.
async fn changes_of(
    db: &Db,
    operator: &Operator,
    id: &str,
    old: Arc<Spec>,
    new: Arc<Spec>,
    now: Timestamp,
    after: &str,
) -> Result<(Vec<ChangeView>, AffectedKeys)> {
    let changes = tokio::task::spawn_blocking(move || spec::diff(&old, &new))
        .await
        .map_err(anyhow::Error::from)?;
    let changes: Vec<ChangeView> = changes.into_iter().map(view).collect();
    let broken: HashSet<&str> = changes
        .iter()
        .filter(|change| change.breaking)
        .filter_map(|change| change.operation.as_deref())
        .collect();
    let affected = if broken.is_empty() {
        AffectedKeys::default()
    } else {
        affected(db, operator, id, Some(&broken), now, after).await?
    };
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

/// Keys of some organisations.
#[derive(Default)]
pub struct AffectedKeys {
    /// By organisation.
    pub keys: Vec<Affected>,
    /// The organisation to continue after, if more follow.
    pub next: Option<String>,
}

/// Keys that called one of these operations, or any if none is listed, in the last 30 days: those
/// of the next [`ORGS`] organisations after the id `after`.
pub async fn affected(
    db: &Db,
    operator: &Operator,
    product: &str,
    operations: Option<&HashSet<&str>>,
    now: Timestamp,
    after: &str,
) -> Result<AffectedKeys> {
    let _place = db.scan(OPERATORS).await?;
    affected_since(db, operator, product, operations, now.plus(-CALLED_WITHIN), after).await
}

/// All organisations whose keys called a product in the last 30 days.
pub async fn calling_orgs(
    db: &Db,
    operator: &Operator,
    product: &str,
    now: Timestamp,
) -> Result<BTreeSet<OrgId>> {
    let (mut orgs, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = affected(db, operator, product, None, now, &after).await?;
        orgs.extend(page.keys.into_iter().map(|key| key.org_id));
        let Some(next) = page.next else { return Ok(orgs) };
        after = next;
    }
}

async fn affected_since(
    db: &Db,
    operator: &Operator,
    product: &str,
    operations: Option<&HashSet<&str>>,
    since: Timestamp,
    after: &str,
) -> Result<AffectedKeys> {
    let found = usage::callers(db, operator, product, operations, since, (after, ORGS)).await?;
    let mut by_key: BTreeMap<(String, String), Affected> = BTreeMap::new();
    for caller in found.callers {
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
    Ok(AffectedKeys { keys: by_key.into_values().collect(), next: found.next })
}

/// A version as partners are notified of it, even if much later.
#[derive(Deserialize, Serialize)]
struct Version {
    product: String,
    name: String,
    version: String,
    revision: u64,
    /// The breaking changes.
    changes: Vec<ChangeView>,
}

impl Version {
    fn of(product: &AdminProduct, diff: &VersionDiff) -> Self {
        Self {
            product: product.view.id.clone(),
            name: product.view.name.clone(),
            version: product.view.version.clone(),
            revision: diff.to,
            changes: diff.changes.iter().filter(|change| change.breaking).cloned().collect(),
        }
    }
}

/// Notifies the partners that [`publish`] left for later, in at most `steps` transactions of
/// [`ORGS`] organisations each. Returns whether all are notified. An organisation is notified once,
/// however often and by however many instances this is called: the notice is created together with
/// its mails, and only if there is none yet.
pub async fn notify_affected(
    db: &Db,
    config: &Config,
    steps: usize,
    now: Timestamp,
) -> Result<bool> {
    let operator = Operator::portal();
    for _ in 0..steps {
        let Some(open) = notices_store::first(db).await? else { return Ok(true) };
        let version: Version = serde_json::from_str(&open.version_json)?;
        let broken: HashSet<&str> =
            version.changes.iter().filter_map(|change| change.operation.as_deref()).collect();
        let page = affected_since(
            db,
            &operator,
            &open.product,
            Some(&broken),
            Timestamp(open.since),
            &open.after_org,
        )
        .await?;
        let mut tx = db.begin().await?;
        if notices_store::advance(&mut tx, &open, page.next.as_deref()).await? {
            notify(&mut tx, config, &version, &page.keys, now).await?;
            tx.commit().await?;
        }
    }
    Ok(false)
}

/// A notice and mails for each organisation, in the transaction of the change.
async fn notify(
    tx: &mut Tx,
    config: &Config,
    version: &Version,
    affected: &[Affected],
    now: Timestamp,
) -> Result<()> {
    let subject = format!("{}@{}", version.product, version.revision);
    for keys in affected.chunk_by(|a, b| a.org_id == b.org_id) {
        let Some(first) = keys.first() else { continue };
        let text = text(version, keys);
        let title = format!("{} {} breaks calls that you make", version.name, version.version);
        let link = format!("/apis/{}", version.product);
        let notice = Notice {
            kind: "breaking_change",
            subject: &subject,
            title: title.clone(),
            body: text.clone(),
            link: link.clone(),
        };
        if notices::write(tx, &first.org_id, &notice, now).await? {
            for person in accounts::technical_contacts(tx, &first.org_id).await? {
                let body = format!(
                    "Hello {},\n\n{text}\n\nIts documentation: {}{link}\n",
                    person.name,
                    config.base_url()
                );
                mail::queue(
                    tx,
                    config,
                    &Mail { to: &person.email, subject: title.clone(), body },
                    now,
                )
                .await?;
            }
        }
    }
    Ok(())
}

/// The changes that concern these keys, all of one organisation.
fn text(version: &Version, keys: &[Affected]) -> String {
    let called: HashSet<&str> =
        keys.iter().flat_map(|key| &key.operations).map(String::as_str).collect();
    let changes = version.changes.iter().filter_map(|change| {
        Some((change.operation.as_deref().filter(|id| called.contains(id))?, change))
    });
    let mut lines: Vec<String> =
        changes.map(|(id, change)| format!("- {id}: {}", change.message)).collect();
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    let mut names: Vec<String> = keys
        .iter()
        .take(LISTED)
        .map(|key| format!("{} ({}_…)", key.key_name, key.key_prefix))
        .collect();
    if keys.len() > LISTED {
        names.push(format!("and {} more", keys.len() - LISTED));
    }
    format!(
        "the API {} has a new version, {}, that changes what your keys called in the last 30 days:\n\n{}\n\nKeys that made such calls: {}.",
        version.name,
        version.version,
        lines.join("\n"),
        names.join(", ")
    )
}
