//! A stretch of the journal, parsed and summed up, ready for the database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tollgate_types::environment::Environment;
use tollgate_types::time::{HOUR, Timestamp};

use super::known::Known;
use crate::journal::{Gaps, Position, Record, stretch};
use crate::keys::LastUse;
use crate::request_logs::Block;
use crate::usage::{LatencyKey, UsageKey, UsageSum};
use crate::{Error, Result, quota, request_logs};

/// The sums of one organisation, environment and hour.
#[derive(Debug)]
pub struct Group {
    pub org_id: Arc<str>,
    pub environment: Environment,
    /// From the time in the request ids, which is when the calls started.
    hour: u64,
    logs: request_logs::Builder,
    /// The compressed logs.
    pub block: Option<Block>,
    usage: FxHashMap<UsageId, UsageSum>,
    latency: FxHashMap<(i64, i64), i64>,
    last_used: FxHashMap<u32, (i64, request_logs::Shared)>,
}

/// A [`UsageKey`] within a group, by the indexes of its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct UsageId {
    hour: i64,
    product: u32,
    operation: u32,
    key: u32,
    status: u16,
}

#[derive(Debug, Default)]
pub struct Batch {
    /// The segment that was read.
    pub segment: u64,
    pub next: Position,
    pub gaps: Gaps,
    /// All records that were read, including those without a row.
    pub records: i64,
    /// At most one per organisation, environment and hour is not full: the last.
    pub groups: Vec<Group>,
    /// In the same order on all instances, so that no two wait for each other's rows.
    pub usage: BTreeMap<UsageKey, UsageSum>,
    pub latency: BTreeMap<LatencyKey, i64>,
    pub last_used: BTreeMap<Arc<str>, LastUse>,
    /// Of responses that were in an earlier batch.
    pub ends: Vec<request_logs::End>,
    /// The group of the previous record: probably also that of the next one.
    last: usize,
    index: FxHashMap<(Arc<str>, Environment, u64), usize>,
    /// Records that are already in the database, if this is uncertain.
    pub known: Option<Known>,
    /// What was wrong with a record.
    failed: Option<Error>,
}

impl Batch {
    /// Reads up to `limit` records after `from`, up to `end`, of one segment, without those that
    /// are `known`. `None` if there are no more.
    pub fn read(
        folder: &Path,
        from: Position,
        end: Position,
        limit: i64,
        known: Option<Known>,
    ) -> Result<Option<Self>> {
        let mut batch = Self { known, ..Self::default() };
        let Some(read) = stretch::read(folder, from, end, limit, |record| batch.add(record))?
        else {
            return Ok(None);
        };
        if let Some(cause) = batch.failed {
            return Err(cause);
        }
        batch.groups.iter_mut().try_for_each(Group::pack)?;
        batch.sum_up();
        (batch.segment, batch.next, batch.gaps) = (read.segment, read.next, read.gaps);
        Ok(Some(batch))
    }

    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        if self.known.as_mut().is_some_and(|known| !known.is_new(record)) {
            return;
        }
        // Calls without a key are counted, but get no rows; otherwise strangers could fill the
        // database.
        let is_kept = !record.texts.org_id.is_empty();
        let group = self.group(record);
        if record.is_end {
            if let Some(end) = group.end(record).filter(|_| is_kept) {
                self.ends.push(end);
            }
        } else {
            group.add(record, is_kept);
        }
    }

    fn group(&mut self, record: &Record<'_>) -> &mut Group {
        // The upper 48 bits of a UUIDv7 are milliseconds.
        let hour = (record.request_id >> 80) as u64 / HOUR.unsigned_abs();
        let (org, environment) = (record.texts.org_id, record.environment);
        let is_it = |group: &Group| {
            group.hour == hour && group.environment == environment && *group.org_id == *org
        };
        if !self.groups.get(self.last).is_some_and(is_it) {
            let org: Arc<str> = org.into();
            let next = self.groups.len();
            self.last = *self.index.entry((Arc::clone(&org), environment, hour)).or_insert(next);
            if self.last == next {
                self.groups.push(Group::new(org, environment, hour));
            }
        }
        let group = &mut self.groups[self.last];
        if group.logs.is_full() {
            self.failed = self.failed.take().or(group.pack().err());
            let next = Group {
                logs: group.logs.successor(),
                ..Group::new(Arc::clone(&group.org_id), environment, hour)
            };
            self.last = self.groups.len();
            self.index.insert((Arc::clone(&next.org_id), environment, hour), self.last);
            self.groups.push(next);
        }
        &mut self.groups[self.last]
    }

    /// Sums up the groups.
    fn sum_up(&mut self) {
        for group in &self.groups {
            let text = |number| Arc::clone(group.logs.text(number));
            let (org_id, environment) = (&group.org_id, group.environment);
            for (id, sum) in &group.usage {
                let key = UsageKey {
                    org_id: Arc::clone(org_id),
                    environment,
                    hour: id.hour,
                    product: text(id.product),
                    operation: text(id.operation),
                    key_id: text(id.key),
                    status: id.status.into(),
                };
                *self.usage.entry(key).or_default() += *sum;
            }
            for (&(hour, bucket), calls) in &group.latency {
                let key = LatencyKey { org_id: Arc::clone(org_id), environment, hour, bucket };
                *self.latency.entry(key).or_default() += calls;
            }
            for (&key, &(at, shared)) in &group.last_used {
                let key = text(key);
                if !key.is_empty() && self.last_used.get(&key).is_none_or(|last| last.at <= at) {
                    self.last_used.insert(
                        key,
                        LastUse { at, ip: text(shared.source_ip), agent: text(shared.user_agent) },
                    );
                }
            }
        }
    }
}

impl Group {
    fn new(org_id: Arc<str>, environment: Environment, hour: u64) -> Self {
        let (usage, latency, last_used) = Default::default();
        Self {
            org_id,
            environment,
            hour,
            logs: request_logs::Builder::default(),
            block: None,
            usage,
            latency,
            last_used,
        }
    }

    fn pack(&mut self) -> Result<()> {
        if self.block.is_none() {
            self.block = self.logs.pack()?;
        }
        Ok(())
    }

    fn add(&mut self, record: &Record<'_>, keep: bool) {
        let shared = self.logs.add(record, keep);
        let hour = self.count(record, shared);
        *self.latency.entry((hour, latency_bucket(record.latency_us))).or_default() += 1;
        let last = self.last_used.entry(shared.key).or_insert((record.at_ms, shared));
        if last.0 <= record.at_ms {
            *last = (record.at_ms, shared);
        }
    }

    /// Adds the end of a streamed response to its call, or returns it if the call is not in this
    /// batch.
    fn end(&mut self, record: &Record<'_>) -> Option<request_logs::End> {
        let shared = self.logs.add(record, false);
        self.count(record, shared);
        let end = request_logs::End {
            id: record.request_id,
            org_id: Arc::clone(&self.org_id),
            request_bytes: record.request_bytes,
            response_bytes: record.response_bytes,
            duration_us: record.latency_us,
            ended: record.ended,
        };
        (!self.logs.end(&end)).then_some(end)
    }

    /// Adds to the usage, and returns its hour.
    fn count(&mut self, record: &Record<'_>, shared: request_logs::Shared) -> i64 {
        let hour = Timestamp(record.at_ms).hour().0;
        let id = UsageId {
            hour,
            product: shared.product,
            operation: shared.operation,
            key: shared.key,
            status: record.status,
        };
        *self.usage.entry(id).or_default() += UsageSum {
            calls: i64::from(!record.is_end),
            units: record.units.into(),
            billed_calls: i64::from(!record.is_end && record.billed_units > 0),
            billed_units: record.billed_units.into(),
            price_nano: record.price_nano.min(quota::MAX_PRICE).cast_signed(),
            latency_us: if record.is_end { 0 } else { signed(record.latency_us) },
            request_bytes: signed(record.request_bytes),
            response_bytes: signed(record.response_bytes),
        };
        hour
    }
}

/// Bounded for the database. One record is at most a tebibyte, or twelve days, so that no sum can
/// overflow a bigint and stop the applier.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX).min(1 << 40)
}

/// The histogram's bucket: four for each doubling of microseconds.
fn latency_bucket(us: u64) -> i64 {
    ((us.max(1) as f64).log2() * 4.0).floor() as i64
}

#[cfg(test)]
mod tests;
