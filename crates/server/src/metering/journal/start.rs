//! Preparation before a server appends to its journal and applies it.

use tollgate_types::time::Timestamp;

use super::writer::Journal;
use super::{aside, segment, store};
use crate::Result;
use crate::db::Db;

/// Finds the position up to which the journal is applied, and what must be looked up again from
/// there on.
pub async fn begin(journal: &Journal, db: &Db, run: &str, now: Timestamp) -> Result<()> {
    let found = store::cursor(db, &journal.id).await?;
    let cursor = found.unwrap_or_default();
    let first = segment::list(&journal.folder)?.first().copied().unwrap_or_default();
    journal.begin_after(cursor.at)?;
    let mut recheck_before = cursor.recheck_before;
    if found.is_none() && first < journal.end().segment {
        // The journal has another id than when these records were applied, or the database does not
        // know them.
        tracing::warn!(
            "the database does not know this journal: each record is looked up before it is counted"
        );
        recheck_before = journal.end().segment;
    }
    if let Some(before) = journal.bring_back()? {
        tracing::info!(file = %aside::path(&journal.folder).display(), "applying the records that were set aside");
        recheck_before = before;
    }
    if recheck_before != cursor.recheck_before {
        let mut tx = db.begin().await?;
        store::set_recheck(&mut tx, &journal.id, run, recheck_before, now).await?;
        tx.commit().await?;
    }
    journal.applied.send_replace(cursor.at);
    *journal.moved.lock() = (cursor.at, now);
    Ok(())
}
