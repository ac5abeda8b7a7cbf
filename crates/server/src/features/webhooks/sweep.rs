//! Applies a change of an endpoint to its deliveries, of which there may be hundreds of thousands:
//! in batches, so that other writers are not blocked. The change itself takes effect immediately,
//! because nothing is delivered to an inactive endpoint, and a deleted one and its deliveries are
//! hidden; after a crash in between, the next sweep continues.

use tollgate_types::time::Timestamp;

use super::store::{deliveries, endpoints};
use crate::Result;
use crate::db::{CHUNK, Change, Db};

/// Deliveries per transaction that are deleted, each with its attempts.
const DELETED: i64 = 50;
/// Transactions of a request itself.
pub(super) const AT_ONCE: usize = 20;

/// Deletes deliveries of deleted endpoints, holds those of disabled ones and resumes those of
/// active ones, in at most `steps` transactions. Returns whether everything is done.
pub async fn sweep(db: &Db, steps: usize, now: Timestamp) -> Result<bool> {
    for _ in 0..steps {
        if !(delete(db).await? || hold(db).await? || resume(db, now).await?) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn delete(db: &Db) -> Result<bool> {
    let Some(id) = endpoints::first_deleted(db).await? else { return Ok(false) };
    let mut tx = db.begin().await?;
    if deliveries::delete_some(&mut tx, &id, DELETED).await? == 0 {
        endpoints::delete(&mut tx, &id).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn hold(db: &Db) -> Result<bool> {
    let Some(id) = endpoints::first_to_hold(db).await? else { return Ok(false) };
    let mut tx = db.begin().await?;
    // It may have been enabled meanwhile.
    if endpoints::lock_state(&mut tx, &id).await?.as_deref() == Some("disabled") {
        deliveries::hold(&mut tx, &id, CHUNK).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn resume(db: &Db, now: Timestamp) -> Result<bool> {
    let Some(id) = endpoints::first_to_resume(db).await? else { return Ok(false) };
    let mut tx = db.begin().await?;
    if endpoints::lock_state(&mut tx, &id).await?.as_deref() == Some("active") {
        deliveries::resume(&mut tx, &id, now, CHUNK).await?;
        tx.announce(Change::Deliveries);
    }
    tx.commit().await?;
    Ok(true)
}
