//! Request logs: one entry per call with a key, written by the journal's applier in [`block`]s.

mod block;
mod callers;
mod compact;
mod store;

pub use block::{Block, Builder, End, Shared};
pub use callers::callers;
pub use compact::compact;
pub use store::insert as write;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tollgate_types::environment::Environment;
use tollgate_types::id::{OrgId, RequestId};
use tollgate_types::key::KeyView;
use tollgate_types::log::{Ended, LogFilter, RequestLog};
use tollgate_types::page::Page;
use tollgate_types::time::{HOUR, MINUTE, Timestamp};

use crate::access::{Permit, ReadLogs};
use crate::db::{Db, Tx};
use crate::{Error, Result};

/// Blocks per query, and blocks that are read for one page.
const BLOCKS: i64 = 256;
const MAX_BLOCKS: usize = 2_000;
/// Calls that are searched for one page, so that a filter without matches ends.
const MAX_LOOKED_AT: usize = 200_000;
/// The same for the recent calls on a key's page.
const MAX_LOOKED_AT_RECENT: usize = 10_000;
/// Recent calls on a key's page.
const RECENT: i64 = 5;
/// How much is read of blocks at a time: many small ones, and no more full ones than a page may
/// need.
const RUN_BYTES: i64 = 1 << 20;
/// From this size on, unpacking is moved off the async threads.
const MANY_BYTES: usize = 64 << 10;

/// Endings per statement.
const ENDS: usize = 100;

/// Records how responses ended whose calls were written earlier.
pub async fn write_ends(tx: &mut Tx, ends: &[End]) -> Result<()> {
    for ends in ends.chunks(ENDS) {
        store::insert_ends(tx, ends).await?;
    }
    Ok(())
}

/// Adds the logged calls among `ids` to `calls`, and those that have an ending to `ends`.
pub async fn known(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    ids: &[u128],
    calls: &mut FxHashSet<u128>,
    ends: &mut FxHashSet<u128>,
) -> Result<()> {
    let wanted: FxHashSet<u128> = ids.iter().copied().collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(()) };
    let (mut below, after) = (end_of_block(*last), last.saturating_add(1));
    loop {
        // Many small blocks are read at once, as in a search.
        let sizes = store::sizes(tx, org, environment, after, below, BLOCKS).await?;
        let Some(run) = first_run(&sizes) else { break };
        for (last_id, data) in store::older(tx, org, environment, after, below, run).await? {
            below = block::id(&last_id)?;
            if below >= *first {
                for (id, has_end) in
                    block::ids(&data)?.into_iter().filter(|(id, _)| wanted.contains(id))
                {
                    calls.insert(id);
                    if has_end {
                        ends.insert(id);
                    }
                }
            }
        }
        if below < *first {
            break;
        }
    }
    for ids in ids.chunks(ENDS) {
        ends.extend(store::ends(tx, org, ids).await?.into_iter().map(|end| end.id));
    }
    Ok(())
}

/// Adds to the logs of streamed responses how they ended, if that is known.
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

/// Calls, newest first. A page may have fewer than `limit` calls although more follow: if the
/// filter matches few calls, the next page continues the search.
///
/// # Errors
/// `validation_failed` for an invalid status filter.
pub async fn list(
    db: &Db,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    filter: &LogFilter,
    cursor: Option<&RequestId>,
    limit: i64,
) -> Result<Page<RequestLog>> {
    let _place = db.scan(permit.org.as_str()).await?;
    // In one snapshot: otherwise blocks that are compacted meanwhile would be missed.
    let mut tx = db.snapshot().await?;
    let mut page =
        search(&mut tx, permit, environment, filter, cursor, limit, MAX_LOOKED_AT).await?;
    complete(&mut tx, &permit.org, &mut page.data).await?;
    Ok(page)
}

/// The last calls of a key, newest first. Only few are searched, backwards from the key's last use:
/// a key's page must not wait for a long search, and a link leads to all calls.
pub async fn recent_of_key(
    db: &Db,
    permit: &Permit<ReadLogs>,
    key: &KeyView,
) -> Result<Vec<RequestLog>> {
    let Some(last_used) = key.last_used_at else { return Ok(Vec::new()) };
    let filter = LogFilter { key_id: key.id.to_string(), ..LogFilter::default() };
    let newest = RequestId::from(u128::from(last_used.plus(MINUTE).0.max(0).unsigned_abs()) << 80);
    let mut tx = db.snapshot().await?;
    let page = search(
        &mut tx,
        permit,
        key.environment,
        &filter,
        Some(&newest),
        RECENT,
        MAX_LOOKED_AT_RECENT,
    )
    .await?;
    Ok(page.data)
}

async fn search(
    tx: &mut Tx,
    permit: &Permit<ReadLogs>,
    environment: Environment,
    filter: &LogFilter,
    cursor: Option<&RequestId>,
    limit: i64,
    max_looked_at: usize,
) -> Result<Page<RequestLog>> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let wanted = block::Wanted {
        before: cursor.map_or(u128::MAX, RequestId::value),
        statuses: statuses(&filter.status)?,
        operation: filter.operation.trim().to_owned(),
        key_id: filter.key_id.trim().to_owned(),
        method: filter.method.trim().to_ascii_uppercase(),
        product: filter.product.trim().to_owned(),
        path: filter.path.trim().to_owned(),
    };
    let wanted = Arc::new(wanted);
    let mut search = Search {
        environment,
        limit,
        found: Vec::new(),
        below: end_of_block(wanted.before),
        blocks: 0,
        calls: 0,
    };
    loop {
        let sizes =
            store::sizes(tx, &permit.org, environment, wanted.before, search.below, BLOCKS).await?;
        let Some(run) = first_run(&sizes) else { return Ok(search.page(None)) };
        let blocks =
            store::older(tx, &permit.org, environment, wanted.before, search.below, run).await?;
        let bytes: usize = blocks.iter().map(|(_, data)| data.len()).sum();
        let done = if bytes < MANY_BYTES {
            search.read(&blocks, &wanted)?
        } else {
            let wanted = Arc::clone(&wanted);
            let read = tokio::task::spawn_blocking(move || {
                search.read(&blocks, &wanted).map(|done| (search, done))
            });
            let (back, done) = read.await.map_err(anyhow::Error::from)??;
            search = back;
            done
        };
        if done {
            return Ok(search.page(None));
        }
        if search.blocks >= MAX_BLOCKS || search.calls >= max_looked_at {
            let below = search.below;
            search.found.retain(|(id, _)| *id > below);
            return Ok(search.page(Some(below.saturating_add(1))));
        }
    }
}

/// How many blocks of these sizes are read at once: at least one.
fn first_run(sizes: &[i64]) -> Option<i64> {
    let mut bytes = 0;
    let fitting = sizes.iter().take_while(|size| {
        bytes += **size;
        bytes <= RUN_BYTES
    });
    let fitting = fitting.count() as i64;
    (!sizes.is_empty()).then_some(fitting.max(1))
}

/// A page while it is filled.
struct Search {
    environment: Environment,
    limit: usize,
    found: Vec<(u128, RequestLog)>,
    /// All calls from here on have been searched.
    below: u128,
    blocks: usize,
    calls: usize,
}

impl Search {
    /// Searches blocks, newest first. True once the page is full: what follows is older.
    fn read(&mut self, blocks: &[(Vec<u8>, Vec<u8>)], wanted: &block::Wanted) -> Result<bool> {
        for (last_id, data) in blocks {
            self.below = block::id(last_id)?;
            newest_first(&mut self.found);
            if self.found.get(self.limit).is_some_and(|(id, _)| *id > self.below) {
                return Ok(true);
            }
            // No more than a page needs, however many were found.
            self.found.truncate(self.limit + 1);
            self.calls +=
                block::select(data, self.environment, wanted, self.limit + 1, &mut self.found)?;
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

/// The first `limit` of `found`. If there are no more, `rest` is where the search continues.
fn page(mut found: Vec<(u128, RequestLog)>, limit: usize, rest: Option<u128>) -> Page<RequestLog> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(|(id, _)| *id) } else { rest };
    Page {
        data: found.into_iter().map(|(_, log)| log).collect(),
        next_cursor: next.map(|id| RequestId::from(id).to_string()),
    }
}

/// A block has the calls of one hour, by the time in their ids: no block that contains `id` extends
/// beyond this.
fn end_of_block(id: u128) -> u128 {
    // The upper 48 bits of a UUIDv7 are milliseconds.
    let hour = (id >> 80) / HOUR.unsigned_abs() as u128;
    ((hour + 1) * HOUR.unsigned_abs() as u128).saturating_mul(1 << 80)
}

/// Whether a request is a logged call of the organisation; false for a text that is not a request
/// id.
pub async fn is_logged(db: &Db, org: &OrgId, id: &str) -> Result<bool> {
    let Ok(id) = id.parse::<RequestId>() else { return Ok(false) };
    Ok(find(db, org, None, id.value()).await?.is_some())
}

/// A call of an organisation, in one environment or in any.
pub async fn find(
    db: &Db,
    org: &OrgId,
    within: Option<Environment>,
    id: u128,
) -> Result<Option<RequestLog>> {
    for environment in
        Environment::ALL.into_iter().filter(|one| within.is_none_or(|own| own == *one))
    {
        for data in store::around(db, org, environment, id, end_of_block(id)).await? {
            if let Some(mut log) = block::find(&data, environment, id)? {
                if log.ended == Ended::Open {
                    complete(&mut db.snapshot().await?, org, std::slice::from_mut(&mut log))
                        .await?;
                }
                return Ok(Some(log));
            }
        }
    }
    Ok(None)
}

/// The range of statuses of `4xx` or `429`; all, if empty.
fn statuses(text: &str) -> Result<(u16, u16)> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_suffix("xx").unwrap_or(&text);
    match (digits.parse::<u16>(), digits.len()) {
        _ if text.is_empty() => Ok((0, 999)),
        (Ok(class @ 1..=5), 1) if text.len() == 3 => Ok((class * 100, class * 100 + 99)),
        (Ok(status @ 100..=599), 3) => Ok((status, status)),
        _ => Err(Error::field(
            "status",
            "invalid_format",
            "The status must be a number such as 429, or a class such as 4xx.",
        )),
    }
}

/// Deletes calls from before `before` in batches, so that others can write in between.
pub async fn prune(db: &Db, before: Timestamp) -> Result<()> {
    let cutoff = (u128::from(before.0.max(0).unsigned_abs()) << 80).to_be_bytes().to_vec();
    store::OLD.delete(db, cutoff.clone()).await?;
    store::OLD_ENDS.delete(db, cutoff).await.map(drop)
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
