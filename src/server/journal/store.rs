//! SQL of the applier.

use std::sync::Arc;

use sqlx::{QueryBuilder, query, query_as};

use super::batch::Batch;
use super::writer::Position;
use crate::server::db::{Db, Tx, in_tx, on};
use crate::server::{Result, keys, request_logs};
use crate::types::id::JournalId;

/// Rows of one statement. Each statement goes to the database's thread and back, which costs more than a row.
const ROWS: usize = 100;

pub async fn cursor(db: &Db, journal: &JournalId) -> Result<Option<Position>> {
    let row: Option<(i64, i64)> = on!(db, |c| query_as("select segment, position from journal_cursors where journal_id = $1")
        .bind(journal.as_str())
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(segment, offset)| Position { segment: segment.unsigned_abs(), offset: offset.unsigned_abs() }))
}

/// Moves the cursor, if it still stands at `from`. False if somebody else moved it: then nothing of this
/// transaction may be kept.
pub async fn move_cursor(tx: &mut Tx, journal: &JournalId, from: Position, batch: &Batch, now: i64) -> Result<bool> {
    let moved = in_tx!(tx, |c| {
        query(
        "insert into journal_cursors as j (journal_id, segment, position, records, updated_at) values ($1, $2, $3, $4, $5)
         on conflict (journal_id) do update
         set segment = excluded.segment, position = excluded.position, records = j.records + excluded.records, updated_at = excluded.updated_at
         where j.segment = $6 and j.position = $7"
    )
    .bind(journal.as_str())
    .bind(batch.next.segment.cast_signed())
    .bind(batch.next.offset.cast_signed())
    .bind(batch.records)
    .bind(now)
    .bind(from.segment.cast_signed())
    .bind(from.offset.cast_signed())
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(moved == 1)
}

pub async fn write(tx: &mut Tx, batch: &mut Batch) -> Result<()> {
    for group in &mut batch.groups {
        if let Some(block) = group.block.take() {
            request_logs::write(tx, &group.org_id, group.environment, block).await?;
        }
    }
    request_logs::write_ends(tx, &batch.ends).await?;
    add_usage(tx, batch).await?;
    add_latency(tx, batch).await?;
    keys::set_last_used(tx, &batch.last_used).await
}

async fn add_usage(tx: &mut Tx, batch: &Batch) -> Result<()> {
    let sums: Vec<_> = batch.usage.iter().collect();
    for sums in sums.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(
                "insert into usage_hourly as u (org_id, environment, hour, product, operation, key_id, status,
                 calls, units, billed_units, latency_us, request_bytes, response_bytes) ",
            );
            insert.push_values(sums, |mut row, (key, sum)| {
                row.push_bind(Arc::clone(&key.org_id))
                    .push_bind(key.environment.as_str())
                    .push_bind(key.hour)
                    .push_bind(Arc::clone(&key.product))
                    .push_bind(Arc::clone(&key.operation))
                    .push_bind(Arc::clone(&key.key_id))
                    .push_bind(key.status)
                    .push_bind(sum.calls)
                    .push_bind(sum.units)
                    .push_bind(sum.billed_units)
                    .push_bind(sum.latency_us)
                    .push_bind(sum.request_bytes)
                    .push_bind(sum.response_bytes);
            });
            insert.push(
                " on conflict (org_id, environment, hour, product, operation, key_id, status) do update set
                 calls = u.calls + excluded.calls, units = u.units + excluded.units, billed_units = u.billed_units + excluded.billed_units,
                 latency_us = u.latency_us + excluded.latency_us, request_bytes = u.request_bytes + excluded.request_bytes,
                 response_bytes = u.response_bytes + excluded.response_bytes",
            );
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

async fn add_latency(tx: &mut Tx, batch: &Batch) -> Result<()> {
    let counts: Vec<_> = batch.latency.iter().collect();
    for counts in counts.chunks(ROWS) {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new("insert into latency_hourly as l (org_id, environment, hour, bucket, calls) ");
            insert.push_values(counts, |mut row, (key, calls)| {
                row.push_bind(Arc::clone(&key.org_id))
                    .push_bind(key.environment.as_str())
                    .push_bind(key.hour)
                    .push_bind(key.bucket)
                    .push_bind(**calls);
            });
            insert.push(" on conflict (org_id, environment, hour, bucket) do update set calls = l.calls + excluded.calls");
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
