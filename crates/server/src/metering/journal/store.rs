//! SQL of the cursor: how far a journal is applied.

use sqlx::{query, query_as};
use tollgate_types::id::JournalId;
use tollgate_types::time::Timestamp;

use super::writer::Position;
use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

/// The position up to which a journal is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub at: Position,
    /// Records in segments before this one may already be in the database.
    pub recheck_before: u64,
}

pub async fn cursor(db: &Db, journal: &JournalId) -> Result<Option<Cursor>> {
    let row: Option<(i64, i64, i64)> = on!(db, |c| query_as(
        "select segment, position, recheck_before from journal_cursors where journal_id = $1"
    )
    .bind(journal.as_str())
    .fetch_optional(c)
    .await)?;
    Ok(row.map(|(segment, offset, recheck)| Cursor {
        at: Position { segment: segment.unsigned_abs(), offset: offset.unsigned_abs() },
        recheck_before: recheck.unsigned_abs(),
    }))
}

/// Marks records of segments before `before` to be looked up before they are applied. Creates the
/// cursor if there is none.
pub async fn set_recheck(
    tx: &mut Tx,
    journal: &JournalId,
    run: &str,
    before: u64,
    now: Timestamp,
) -> Result<()> {
    in_tx!(tx, |c| {
        query(
        "insert into journal_cursors (journal_id, segment, position, records, updated_at, owner, recheck_before)
         values ($1, 0, 0, 0, $2, $3, $4)
         on conflict (journal_id) do update set recheck_before = excluded.recheck_before"
    )
    .bind(journal.as_str())
    .bind(now.0)
    .bind(run)
    .bind(before.cast_signed())
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Moves the cursor, if it is still at `from` and belongs to this `run` of the server. False if
/// another server has moved or taken it: then nothing of this transaction may be committed.
pub async fn move_cursor(
    tx: &mut Tx,
    journal: &JournalId,
    run: &str,
    from: Position,
    to: Position,
    records: i64,
    now: i64,
) -> Result<bool> {
    let moved = in_tx!(tx, |c| {
        query(
        "insert into journal_cursors as j (journal_id, segment, position, records, updated_at, owner) values ($1, $2, $3, $4, $5, $8)
         on conflict (journal_id) do update
         set segment = excluded.segment, position = excluded.position, records = j.records + excluded.records, updated_at = excluded.updated_at
         where j.segment = $6 and j.position = $7 and j.owner = excluded.owner"
    )
    .bind(journal.as_str())
    .bind(to.segment.cast_signed())
    .bind(to.offset.cast_signed())
    .bind(records)
    .bind(now)
    .bind(from.segment.cast_signed())
    .bind(from.offset.cast_signed())
    .bind(run)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(moved == 1)
}
