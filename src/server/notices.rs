//! What an organisation is told in its dashboard, until somebody there says that it was read.

mod store;

use super::access::{ManageKeys, Permit, ReadOrg};
use super::db::{Db, Tx};
use super::{Error, Result, audit, random};
use crate::types::id::{NoticeId, OrgId};
use crate::types::notice::NoticeView;
use crate::types::time::{DAY, Timestamp};

/// Notices that are shown together; the newest.
const SHOWN: i64 = 20;
/// What was told is remembered so long, read or not.
const KEEP: i64 = 180 * DAY;

pub struct Notice<'a> {
    pub kind: &'static str,
    /// What it is about: the same is told to an organisation once.
    pub subject: &'a str,
    pub title: String,
    pub body: String,
    /// A path of this portal.
    pub link: String,
}

/// Writes a notice, as part of what it tells of. False if the organisation was told before.
pub async fn write(tx: &mut Tx, org: &OrgId, notice: &Notice<'_>, now: Timestamp) -> Result<bool> {
    let id: NoticeId = random::id();
    store::insert(tx, &id, org, notice, now).await
}

/// What nobody has read yet, the newest first.
pub async fn unread(db: &Db, permit: &Permit<ReadOrg>) -> Result<Vec<NoticeView>> {
    store::unread(db, &permit.org, SHOWN).await?.into_iter().map(store::NoticeRow::view).collect()
}

/// Takes a notice off everybody's dashboard; for those who look after the keys that it concerns.
///
/// # Errors
/// `not_found`.
pub async fn mark_read(db: &Db, permit: &Permit<ManageKeys>, id: &NoticeId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    if !store::mark_read(&mut tx, &permit.org, id, now).await? {
        return Err(Error::not_found("notice"));
    }
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "notice.read", id.as_str(), None, None, now).await?;
    tx.commit().await
}

/// Forgets what was told long ago.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::delete_before(tx, now.plus(-KEEP)).await
}
