//! SQL of the applier.

use std::sync::{Arc, LazyLock};

use sqlx::{QueryBuilder, query, query_as};

use super::batch::{Batch, LogRow};
use super::writer::Position;
use crate::server::db::{Db, Tx, TxInner, in_tx, on};
use crate::server::{Result, keys};
use crate::types::id::JournalId;

/// Rows per statement: between two statements, calls get their turn on this thread.
const CHUNK: usize = 200;

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

pub async fn write(tx: &mut Tx, batch: &Batch) -> Result<()> {
    for rows in batch.logs.chunks(CHUNK) {
        insert_logs(tx, rows).await?;
    }
    add_usage(tx, batch).await?;
    add_latency(tx, batch).await?;
    for (key_id, last) in &batch.last_used {
        keys::set_last_used(tx, key_id, last.at, &last.ip, &last.agent).await?;
    }
    Ok(())
}

/// Binds a row's values in the order of [`INSERT`], with either kind of builder.
macro_rules! bind {
    ($to:expr, $row:expr, $bind:ident) => {
        $to.$bind(Arc::clone(&$row.org_id))
            .$bind(Arc::clone(&$row.id))
            .$bind(Arc::clone(&$row.environment))
            .$bind(Arc::clone(&$row.key_id))
            .$bind(Arc::clone(&$row.product))
            .$bind(Arc::clone(&$row.operation))
            .$bind(Arc::clone(&$row.method))
            .$bind(Arc::clone(&$row.path))
            .$bind($row.status)
            .$bind(Arc::clone(&$row.code))
            .$bind($row.units)
            .$bind($row.billed_units)
            .$bind($row.latency_us)
            .$bind($row.request_bytes)
            .$bind($row.response_bytes)
            .$bind(Arc::clone(&$row.source_ip))
            .$bind(Arc::clone(&$row.user_agent))
            .$bind(Arc::clone(&$row.client_request_id))
            .$bind($row.created_at)
    };
}

/// Inserts a full chunk by a statement that is prepared once, and a smaller rest by one of its own.
async fn insert_logs(tx: &mut Tx, rows: &[LogRow]) -> Result<()> {
    // Numbered parameters cost SQLite a search through all names for each value: plain ones have none.
    static SQLITE: LazyLock<String> = LazyLock::new(|| insert_sql(CHUNK, |_| "?".into()));
    static POSTGRES: LazyLock<String> = LazyLock::new(|| insert_sql(CHUNK, |i| format!("${i}")));
    if rows.len() == CHUNK {
        let sql: &'static str = match &tx.inner {
            TxInner::Sqlite(_) => &SQLITE,
            TxInner::Postgres(_) => &POSTGRES,
        };
        in_tx!(tx, |c| {
            let mut insert = query(sql);
            for row in rows {
                insert = bind!(insert, row, bind);
            }
            insert.execute(c).await.map(drop)
        })?;
    } else {
        in_tx!(tx, |c| {
            let mut insert = QueryBuilder::new(INSERT);
            insert.push_values(rows, |mut values, row| {
                bind!(values, row, push_bind);
            });
            insert.build().persistent(false).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

const INSERT: &str = "insert into request_logs (org_id, id, environment, key_id, product, operation, method, path, status, code,
 units, billed_units, latency_us, request_bytes, response_bytes, source_ip, user_agent, client_request_id, created_at) ";
const COLUMNS: usize = 19;

fn insert_sql(rows: usize, placeholder: impl Fn(usize) -> String) -> String {
    let row = |i: usize| (1..=COLUMNS).map(|j| placeholder(i * COLUMNS + j)).collect::<Vec<_>>().join(", ");
    let rows: Vec<String> = (0..rows).map(|i| format!("({})", row(i))).collect();
    format!("{INSERT}values {}", rows.join(", "))
}

async fn add_usage(tx: &mut Tx, batch: &Batch) -> Result<()> {
    for (key, sum) in &batch.usage {
        in_tx!(tx, |c| query(
            "insert into usage_hourly as u (org_id, environment, hour, product, operation, key_id, status,
             calls, units, billed_units, latency_us, request_bytes, response_bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict (org_id, environment, hour, product, operation, key_id, status) do update set
             calls = u.calls + excluded.calls, units = u.units + excluded.units, billed_units = u.billed_units + excluded.billed_units,
             latency_us = u.latency_us + excluded.latency_us, request_bytes = u.request_bytes + excluded.request_bytes,
             response_bytes = u.response_bytes + excluded.response_bytes"
        )
        .bind(Arc::clone(&key.org_id))
        .bind(Arc::clone(&key.environment))
        .bind(key.hour)
        .bind(Arc::clone(&key.product))
        .bind(Arc::clone(&key.operation))
        .bind(Arc::clone(&key.key_id))
        .bind(key.status)
        .bind(sum.calls)
        .bind(sum.units)
        .bind(sum.billed_units)
        .bind(sum.latency_us)
        .bind(sum.request_bytes)
        .bind(sum.response_bytes)
        .execute(c)
        .await
        .map(drop))?;
    }
    Ok(())
}

async fn add_latency(tx: &mut Tx, batch: &Batch) -> Result<()> {
    for (key, calls) in &batch.latency {
        in_tx!(tx, |c| query(
            "insert into latency_hourly as l (org_id, environment, hour, bucket, calls) values ($1, $2, $3, $4, $5)
             on conflict (org_id, environment, hour, bucket) do update set calls = l.calls + excluded.calls"
        )
        .bind(Arc::clone(&key.org_id))
        .bind(Arc::clone(&key.environment))
        .bind(key.hour)
        .bind(key.bucket)
        .bind(calls)
        .execute(c)
        .await
        .map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::query_as;

    use super::super::Record;
    use super::super::record::tests::example;
    use super::*;
    use crate::server::db::Db;
    use crate::test_support::{TestDb, on_both};

    on_both! {
        async fn full_chunks_and_the_rest_are_written_alike(database: TestDb) {
            let db = Db::open(database.url(), database.data_dir()).await.unwrap();
            db.migrate().await.unwrap();
            let mut batch = Batch::default();
            // Two full chunks and a rest of one key, and one row of another.
            for i in 0..2 * CHUNK + 50 {
                batch.add(&example(&format!("req_{i:04}"), &format!("/v1/customers/{i}")));
            }
            batch.add(&Record { key_id: "key_other", ..example("req_other", "/v1/keys") });
            let mut tx = db.begin().await.unwrap();
            write(&mut tx, &batch).await.unwrap();
            tx.commit().await.unwrap();
            let rows: Vec<(String, String, String, i64, i64)> = on!(&db, |c| {
                query_as("select id, path, key_id, status, billed_units from request_logs order by id").fetch_all(c).await
            })
            .unwrap();
            assert_eq!(rows.len(), 2 * CHUNK + 51);
            for (i, row) in rows[..2 * CHUNK + 50].iter().enumerate() {
                let key = "key_01h2xcejqtf2nbrexx3vqjhp41".to_owned();
                assert_eq!(*row, (format!("req_{i:04}"), format!("/v1/customers/{i}"), key, 201, 2));
            }
            assert_eq!(rows.last().unwrap().2, "key_other");
            db.close().await;
        }
    }
}
