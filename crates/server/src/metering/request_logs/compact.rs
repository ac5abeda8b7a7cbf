//! Compaction of small blocks. The applier writes a block per batch, so an organisation with one
//! call per second has blocks with one call: many rows for little data, and many to read for a
//! page.

use tollgate_types::environment::Environment;
use tollgate_types::time::{HOUR, MINUTE, Timestamp};

use super::{block, end_of_block, store};
use crate::db::Db;
use crate::{Error, Result, random};

/// How long after its end an hour is compacted: most of its calls have been applied by then.
const COMPACT_AFTER: i64 = 10 * MINUTE;
/// Blocks and calls per transaction: few, because it occupies the embedded database's only writer.
const BLOCKS: i64 = 1_000;
const CALLS: i64 = 2_000;
/// Transactions per run.
const MAX_PACKED: usize = 1_000;

/// Compacts the small blocks of past hours, from `since` on. True if nothing is left; otherwise it
/// continues when called again.
pub async fn compact(db: &Db, since: Timestamp, now: Timestamp) -> Result<bool> {
    let end = now.0 - COMPACT_AFTER;
    let old_enough: u128 = random::first_id(Timestamp(end - end.rem_euclid(HOUR)));
    let (mut packed, mut org) = (0, String::new());
    let mut failed: Option<Error> = None;
    while let Some(next) = store::next_org(db, &org).await? {
        org = next;
        for environment in Environment::ALL {
            let mut from: u128 = random::first_id(since);
            while let Some(hour) = next_hour(db, &org, environment, from, old_enough).await? {
                from = hour.end;
                // An hour that cannot be compacted does not block the others.
                loop {
                    match pack(db, &org, environment, hour).await {
                        Ok(true) => packed += 1,
                        Ok(false) => break,
                        Err(cause) => {
                            failed = Some(cause);
                            break;
                        }
                    }
                    if packed >= MAX_PACKED {
                        return Ok(false);
                    }
                }
            }
        }
    }
    failed.map_or(Ok(true), Err)
}

#[derive(Clone, Copy)]
struct Hour {
    start: u128,
    end: u128,
}

/// The first hour from `from` on, and before `to`, with blocks that can be merged.
async fn next_hour(
    db: &Db,
    org: &str,
    environment: Environment,
    mut from: u128,
    to: u128,
) -> Result<Option<Hour>> {
    loop {
        let small = store::small(db, org, environment, from, to, BLOCKS).await?;
        let ids =
            small.iter().map(|(last_id, _)| block::id(last_id)).collect::<Result<Vec<_>>>()?;
        if let Some(pair) =
            ids.windows(2).find(|pair| end_of_block(pair[0]) == end_of_block(pair[1]))
        {
            return Ok(Some(Hour { start: pair[0], end: end_of_block(pair[0]) }));
        }
        let Some(last) = ids.last().filter(|_| ids.len() as i64 == BLOCKS) else { return Ok(None) };
        // The block may have a partner in the following ones.
        from = *last;
    }
}

/// Merges small blocks of an hour, in one transaction, so that no call is ever missing or
/// duplicated. False if there was nothing to merge.
async fn pack(db: &Db, org: &str, environment: Environment, hour: Hour) -> Result<bool> {
    let mut tx = db.begin().await?;
    let mut calls = 0;
    let mut taken = Vec::new();
    for (last_id, held) in
        store::claim(&mut tx, org, environment, hour.start, hour.end, BLOCKS).await?
    {
        calls += held;
        if calls > CALLS {
            break;
        }
        taken.push(last_id);
    }
    if taken.len() < 2 {
        return Ok(false);
    }
    let small = store::take(&mut tx, org, environment, &taken).await?;
    let full = tokio::task::spawn_blocking(move || block::repack(&small))
        .await
        .map_err(anyhow::Error::from)??;
    for block in full {
        store::insert(&mut tx, org, environment, block).await?;
    }
    tx.commit().await?;
    Ok(true)
}
