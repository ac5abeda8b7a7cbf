//! Request logs: one entry per answered call of a key, written by the journal's applier in [`block`]s.

mod block;
mod callers;
mod compact;
mod store;

pub use block::{Block, Builder, End, Shared};
pub use callers::callers;
pub use compact::compact;
pub use store::insert as write;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::access::{Permit, ReadLogs};
use super::db::{Db, Tx};
use super::{App, Error, Result, events, keys};
use crate::types::environment::Environment;
use crate::types::id::{OrgId, RequestId};
use crate::types::log::{Ended, Explained, LogFilter, RequestLog};
use crate::types::page::Page;
use crate::types::time::{HOUR, Timestamp};

/// Blocks that are asked for at a time, and that are read for one page.
const BLOCKS: i64 = 256;
const MAX_BLOCKS: usize = 2_000;
/// Calls that are looked at for one page, so that a filter that fits nothing ends.
const MAX_LOOKED_AT: usize = 200_000;
/// What is read of blocks at a time. Small ones come many at once, and no more full ones than a page may need.
const RUN_BYTES: i64 = 1 << 20;
/// From so many bytes on, unpacking is no work for a thread that others wait for.
const MANY_BYTES: usize = 64 << 10;

/// Ends that one statement writes or reads.
const ENDS: usize = 100;

/// Writes how answers ended whose calls were written earlier.
pub async fn write_ends(tx: &mut Tx, ends: &[End]) -> Result<()> {
    for ends in ends.chunks(ENDS) {
        store::insert_ends(tx, ends).await?;
    }
    Ok(())
}

/// Tells the logs of streamed answers how those ended, where that is known by now.
async fn complete(tx: &mut Tx, org: &OrgId, logs: &mut [RequestLog]) -> Result<()> {
    let mut open: FxHashMap<u128, &mut RequestLog> = FxHashMap::default();
    for log in logs.iter_mut().filter(|log| log.ended == Ended::Open) {
        if let Ok(id) = log.id.parse::<RequestId>() {
            open.insert(id.value(), log);
        }
    }
    let ids: Vec<u128> = open.keys().copied().collect();
    for ids in ids.chunks(ENDS) {
        for end in store::ends(tx, org, ids).await? {
            if let Some(log) = open.get_mut(&end.id) {
                end.add_to(log);
            }
        }
    }
    Ok(())
}

/// Answered calls, newest first. A page may hold fewer than `limit` though more follow: where the filter fits
/// few calls, looking on is the next page's part.
///
/// # Errors
/// `validation_failed` for a status filter that is none.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    filter: &LogFilter,
    cursor: Option<&RequestId>,
    limit: i64,
) -> Result<Page<RequestLog>> {
    // Of one moment: blocks that are packed together meanwhile would be missed.
    let mut tx = db.snapshot().await?;
    let mut page = search(&mut tx, permit, environment, filter, cursor, limit).await?;
    complete(&mut tx, &permit.org, &mut page.data).await?;
    Ok(page)
}

async fn search(
    tx: &mut Tx,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    filter: &LogFilter,
    cursor: Option<&RequestId>,
    limit: i64,
) -> Result<Page<RequestLog>> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let wanted = block::Wanted {
        before: cursor.map_or(u128::MAX, RequestId::value),
        statuses: statuses(&filter.status)?,
        operation: filter.operation.trim().to_owned(),
        key_id: filter.key_id.trim().to_owned(),
        method: filter.method.trim().to_ascii_uppercase(),
        path: filter.path.trim().to_owned(),
    };
    let wanted = Arc::new(wanted);
    let mut search = Search { environment, limit, found: Vec::new(), below: end_of_block(wanted.before), blocks: 0, calls: 0 };
    loop {
        let sizes = store::sizes(tx, &permit.org, environment, wanted.before, search.below, BLOCKS).await?;
        let Some(run) = first_run(&sizes) else { return Ok(search.page(None)) };
        let blocks = store::older(tx, &permit.org, environment, wanted.before, search.below, run).await?;
        let bytes: usize = blocks.iter().map(|(_, data)| data.len()).sum();
        let done = if bytes < MANY_BYTES {
            search.read(&blocks, &wanted)?
        } else {
            let wanted = Arc::clone(&wanted);
            let read = tokio::task::spawn_blocking(move || search.read(&blocks, &wanted).map(|done| (search, done)));
            let (back, done) = read.await.map_err(anyhow::Error::from)??;
            search = back;
            done
        };
        if done {
            return Ok(search.page(None));
        }
        if search.blocks >= MAX_BLOCKS || search.calls >= MAX_LOOKED_AT {
            let below = search.below;
            search.found.retain(|(id, _)| *id > below);
            return Ok(search.page(Some(below.saturating_add(1))));
        }
    }
}

/// How many of the blocks of these sizes are read at once: at least one.
fn first_run(sizes: &[i64]) -> Option<i64> {
    let mut bytes = 0;
    let fitting = sizes.iter().take_while(|size| {
        bytes += **size;
        bytes <= RUN_BYTES
    });
    let fitting = fitting.count() as i64;
    (!sizes.is_empty()).then_some(fitting.max(1))
}

/// A page on its way.
struct Search {
    environment: Environment,
    limit: usize,
    found: Vec<(u128, RequestLog)>,
    /// All calls from here on have been seen.
    below: u128,
    blocks: usize,
    calls: usize,
}

impl Search {
    /// Looks into blocks, the newest first. True once the page is full: what follows is older.
    fn read(&mut self, blocks: &[(Vec<u8>, Vec<u8>)], wanted: &block::Wanted) -> Result<bool> {
        for (last_id, data) in blocks {
            self.below = block::id(last_id)?;
            newest_first(&mut self.found);
            if self.found.get(self.limit).is_some_and(|(id, _)| *id > self.below) {
                return Ok(true);
            }
            // No more than a page needs, whatever was found.
            self.found.truncate(self.limit + 1);
            self.calls += block::select(data, self.environment, wanted, self.limit + 1, &mut self.found)?;
            self.blocks += 1;
        }
        Ok(false)
    }

    fn page(mut self, rest: Option<u128>) -> Page<RequestLog> {
        newest_first(&mut self.found);
        page(self.found, self.limit, rest)
    }
}

fn newest_first(found: &mut [(u128, RequestLog)]) {
    found.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
}

/// The first `limit` of `found`. If there are no more, `rest` tells where looking goes on.
fn page(mut found: Vec<(u128, RequestLog)>, limit: usize, rest: Option<u128>) -> Page<RequestLog> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(|(id, _)| *id) } else { rest };
    Page { data: found.into_iter().map(|(_, log)| log).collect(), next_cursor: next.map(|id| RequestId::from(id).to_string()) }
}

/// A block holds calls of one hour, by the time in their ids: no block that holds `id` reaches beyond this.
fn end_of_block(id: u128) -> u128 {
    // The upper 48 bits of a UUIDv7 are milliseconds.
    let hour = (id >> 80) / HOUR.unsigned_abs() as u128;
    ((hour + 1) * HOUR.unsigned_abs() as u128).saturating_mul(1 << 80)
}

/// The call with this id, and what explains it.
pub async fn explain(app: &App, permit: &Permit<ReadLogs>, id: &RequestId) -> Result<Explained> {
    let log = find(&app.db, permit, id.value()).await?.ok_or_else(|| Error::not_found("request"))?;
    let (key_prefix, key_name) = keys::label(&app.db, &permit.org, &log.key_id).await?.unwrap_or_default();
    let catalogue = app.products.catalogue(&app.db).await;
    let operation = catalogue.get(&log.product).and_then(|product| product.operation(&log.operation));
    let scope = operation.map(|operation| operation.scope.clone()).unwrap_or_default();
    let events = events::caused_by(&app.db, &permit.org, id).await?;
    Ok(Explained { log, key_prefix, key_name, scope, events })
}

async fn find(db: &Db, permit: &Permit<ReadLogs>, id: u128) -> Result<Option<RequestLog>> {
    for environment in Environment::ALL.into_iter().filter(|one| permit.environment.is_none_or(|own| own == *one)) {
        for data in store::around(db, &permit.org, environment, id, end_of_block(id)).await? {
            if let Some(mut log) = block::find(&data, environment, id)? {
                if log.ended == Ended::Open {
                    complete(&mut db.snapshot().await?, &permit.org, std::slice::from_mut(&mut log)).await?;
                }
                return Ok(Some(log));
            }
        }
    }
    Ok(None)
}

/// The range of statuses that `4xx` or `429` stands for; all, if empty.
fn statuses(text: &str) -> Result<(u16, u16)> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_suffix("xx").unwrap_or(&text);
    match (digits.parse::<u16>(), digits.len()) {
        _ if text.is_empty() => Ok((0, 999)),
        (Ok(class @ 1..=5), 1) if text.len() == 3 => Ok((class * 100, class * 100 + 99)),
        (Ok(status @ 100..=599), 3) => Ok((status, status)),
        _ => Err(Error::field("status", "invalid_format", "A status is a number such as 429, or a class such as 4xx.")),
    }
}

/// Deletes blocks of calls from before `before`, by organisation and some at a time, so that others can write
/// in between. Says how many calls they held.
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64> {
    let cutoff = u128::from(before.0.max(0).unsigned_abs()) << 80;
    let (mut deleted, mut org) = (0, String::new());
    while let Some(next) = store::next_org(db, &org).await? {
        org = next;
        for environment in Environment::ALL {
            loop {
                let mut tx = db.begin().await?;
                let blocks = store::delete(&mut tx, &org, environment, cutoff).await?;
                tx.commit().await?;
                deleted += blocks.iter().sum::<i64>().unsigned_abs();
                if blocks.is_empty() {
                    break;
                }
            }
        }
    }
    loop {
        let mut tx = db.begin().await?;
        let ends = store::delete_ends(&mut tx, cutoff).await?;
        tx.commit().await?;
        if ends == 0 {
            return Ok(deleted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_filter_is_a_number_a_class_or_nothing() {
        assert_eq!(statuses("").unwrap(), (0, 999));
        assert_eq!(statuses("4xx").unwrap(), (400, 499));
        assert_eq!(statuses("429").unwrap(), (429, 429));
        for bad in ["4x", "xx", "abc", "42", "9xx", "4290"] {
            assert!(statuses(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_block_ends_with_the_hour_of_its_ids() {
        let at = |ms: u128| ms << 80;
        let hour = HOUR.unsigned_abs() as u128;
        assert_eq!(end_of_block(at(5)), at(hour));
        assert_eq!(end_of_block(at(hour) - 1), at(hour));
        assert_eq!(end_of_block(at(hour)), at(2 * hour));
        assert_eq!(end_of_block(u128::MAX), u128::MAX);
    }

    #[test]
    fn small_blocks_are_read_many_at_once_and_large_ones_few() {
        assert_eq!(first_run(&[]), None);
        assert_eq!(first_run(&[300; 256]), Some(256));
        assert_eq!(first_run(&[RUN_BYTES / 4; 256]), Some(4));
        assert_eq!(first_run(&[2 * RUN_BYTES, 1]), Some(1));
    }
}
