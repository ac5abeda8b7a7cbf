//! Packing small blocks together. The applier writes a block for each batch, so an organisation that calls once
//! a second has blocks of one call: many rows for little, and many to read for a page.

use super::{block, end_of_block, store};
use crate::server::db::Db;
use crate::server::{Error, Result, random};
use crate::types::environment::Environment;
use crate::types::time::{HOUR, MINUTE, Timestamp};

/// An hour is let be until so long after its end: most of its calls have been applied by then.
const SETTLED: i64 = 10 * MINUTE;
/// Blocks and calls that one transaction takes.
const BLOCKS: i64 = 1_000;
const CALLS: i64 = 20_000;
/// Transactions of one run.
const MAX_PACKED: usize = 1_000;

/// Packs together the small blocks of hours that ended a while ago, from `since` on. True if nothing is left to
/// pack; else it goes on when called again.
pub async fn compact(db: &Db, since: Timestamp, now: Timestamp) -> Result<bool> {
    let end = now.0 - SETTLED;
    let settled: u128 = random::first_id(Timestamp(end - end.rem_euclid(HOUR)));
    let (mut packed, mut org) = (0, String::new());
    let mut failed: Option<Error> = None;
    while let Some(next) = store::next_org(db, &org).await? {
        org = next;
        for environment in Environment::ALL {
            let mut from: u128 = random::first_id(since);
            while let Some(hour) = next_hour(db, &org, environment, from, settled).await? {
                from = hour.end;
                // One hour that cannot be packed does not keep the others from it.
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

/// The first hour from `from` on, and before `to`, with blocks that can be packed together.
async fn next_hour(db: &Db, org: &str, environment: Environment, mut from: u128, to: u128) -> Result<Option<Hour>> {
    loop {
        let small = store::small(db, org, environment, from, to, BLOCKS).await?;
        let ids = small.iter().map(|(last_id, _)| block::id(last_id)).collect::<Result<Vec<_>>>()?;
        if let Some(pair) = ids.windows(2).find(|pair| end_of_block(pair[0]) == end_of_block(pair[1])) {
            return Ok(Some(Hour { start: pair[0], end: end_of_block(pair[0]) }));
        }
        let Some(last) = ids.last().filter(|_| ids.len() as i64 == BLOCKS) else { return Ok(None) };
        // It may have its pair in what follows.
        from = *last;
    }
}

/// Packs small blocks of an hour together, in one transaction, so that no call is ever missing or there twice.
/// False if there was nothing to pack.
async fn pack(db: &Db, org: &str, environment: Environment, hour: Hour) -> Result<bool> {
    let mut tx = db.begin().await?;
    let mut calls = 0;
    let mut taken = Vec::new();
    for (last_id, held) in store::claim(&mut tx, org, environment, hour.start, hour.end, BLOCKS).await? {
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
    let full = tokio::task::spawn_blocking(move || block::repack(&small)).await.map_err(anyhow::Error::from)??;
    for block in full {
        store::insert(&mut tx, org, environment, block).await?;
    }
    tx.commit().await?;
    Ok(true)
}
