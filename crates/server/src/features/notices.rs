//! Notices on an organisation's dashboard, until a member dismisses them.

mod store;

use tollgate_types::bounds::NOTICES;
use tollgate_types::id::{NoticeId, OrgId};
use tollgate_types::notice::NoticeView;
use tollgate_types::time::{DAY, Timestamp};

use crate::access::{ManageKeys, Permit, ReadOrg};
use crate::db::{Db, Tx};
use crate::{Error, Result, audit, random};

/// How long notices are kept, read or not.
const KEEP: i64 = 180 * DAY;

pub struct Notice<'a> {
    pub kind: &'static str,
    /// The subject of the notice: an organisation gets each one once.
    pub subject: &'a str,
    pub title: String,
    pub body: String,
    /// A path of this portal.
    pub link: String,
}

/// Writes a notice in the transaction of the change. Returns false if the organisation already had
/// it.
pub async fn write(tx: &mut Tx, org: &OrgId, notice: &Notice<'_>, now: Timestamp) -> Result<bool> {
    let id: NoticeId = random::id();
    store::insert(tx, &id, org, notice, now).await
}

/// Deletes a notice that is not true any more. Returns false if the organisation does not have it.
pub async fn withdraw(tx: &mut Tx, org: &OrgId, kind: &str, subject: &str) -> Result<bool> {
    store::delete(tx, org, kind, subject).await
}

/// Unread notices, newest first.
pub async fn unread(db: &Db, permit: &Permit<ReadOrg>) -> Result<Vec<NoticeView>> {
    store::unread(db, &permit.org, NOTICES as i64)
        .await?
        .into_iter()
        .map(store::NoticeRow::view)
        .collect()
}

/// Dismisses a notice for all members; for members who manage the keys that it concerns.
///
/// # Errors
/// `not_found`.
pub async fn mark_read(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &NoticeId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    if !store::mark_read(&mut tx, &permit.org, id, now).await? {
        return Err(Error::not_found("notice"));
    }
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "notice.read",
        id.as_str(),
        None,
        None,
        now,
    )
    .await?;
    tx.commit().await
}

/// Deletes old notices.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::OLD.delete(db, now.plus(-KEEP).0).await.map(drop)
}
