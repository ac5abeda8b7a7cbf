//! A stretch of the journal, read and summed up, ready to be written to the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::AddAssign;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Record;
use super::record::MAX_RECORD;
use super::segment;
use super::writer::Position;
use crate::server::keys::LastUse;
use crate::server::request_logs::Block;
use crate::server::{Error, Result, quota, request_logs};
use crate::types::environment::Environment;
use crate::types::time::{HOUR, Timestamp};

/// Records applied in one transaction: as many as gather at full load, because a transaction costs the same for
/// one as for many.
const MAX_RECORDS: i64 = 20_000;
/// Read at once: memory that is used again and again costs less than memory for all that a transaction takes.
const READ_BYTES: u64 = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageKey {
    pub org_id: Arc<str>,
    pub environment: Environment,
    pub hour: i64,
    pub product: Arc<str>,
    pub operation: Arc<str>,
    pub key_id: Arc<str>,
    pub status: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageSum {
    pub calls: i64,
    pub units: i64,
    pub billed_units: i64,
    /// 10^-9 of the currency's minor unit.
    pub price_nano: i64,
    pub latency_us: i64,
    pub request_bytes: i64,
    pub response_bytes: i64,
}

impl AddAssign for UsageSum {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.units = self.units.saturating_add(other.units);
        self.billed_units = self.billed_units.saturating_add(other.billed_units);
        self.price_nano = self.price_nano.saturating_add(other.price_nano).min(quota::MAX_SPENT);
        self.latency_us = self.latency_us.saturating_add(other.latency_us);
        self.request_bytes = self.request_bytes.saturating_add(other.request_bytes);
        self.response_bytes = self.response_bytes.saturating_add(other.response_bytes);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LatencyKey {
    pub org_id: Arc<str>,
    pub environment: Environment,
    pub hour: i64,
    pub bucket: i64,
}

/// What one organisation's calls in one environment and hour come to.
#[derive(Debug)]
pub struct Group {
    pub org_id: Arc<str>,
    pub environment: Environment,
    /// Of the time in the request ids, which is when the calls began.
    hour: u64,
    logs: request_logs::Builder,
    /// The logs, packed.
    pub block: Option<Block>,
    usage: FxHashMap<UsageId, UsageSum>,
    latency: FxHashMap<(i64, i64), i64>,
    last_used: FxHashMap<u32, (i64, request_logs::Shared)>,
}

/// A [`UsageKey`] within a group, by the numbers of its texts.
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
    pub next: Position,
    pub skipped: usize,
    /// Records that were read, also those that get no row.
    pub records: i64,
    /// At most one of an organisation, environment and hour is not full: the last.
    pub groups: Vec<Group>,
    /// In one order for all instances, so that no two wait for each other's rows.
    pub usage: BTreeMap<UsageKey, UsageSum>,
    pub latency: BTreeMap<LatencyKey, i64>,
    pub last_used: BTreeMap<Arc<str>, LastUse>,
    /// Of answers that an earlier batch had.
    pub ends: Vec<request_logs::End>,
    /// Where the group of the record before is: probably that of the next, too.
    last: usize,
    index: FxHashMap<(Arc<str>, Environment, u64), usize>,
    /// What went wrong with a record.
    failed: Option<Error>,
}

impl Batch {
    /// Reads what follows `from`, up to `end`, of one segment. None if nothing follows.
    pub fn read(folder: &Path, from: Position, end: Position) -> Result<Option<Self>> {
        let Some(number) = segment::list(folder)?.into_iter().find(|number| *number >= from.segment) else { return Ok(None) };
        if number > from.segment && from != Position::default() {
            tracing::error!(from = from.segment, to = number, "journal segments are missing: what they held is not counted");
        }
        let from = if number == from.segment { from } else { Position { segment: number, offset: 0 } };
        if from >= end {
            return Ok(None);
        }
        let file = File::open(segment::path(folder, number))?;
        let is_active = number == end.segment;
        let length = if is_active { end.offset } else { file.metadata()?.len() };
        let mut batch = Self::default();
        let mut bytes = vec![0; usize::try_from(length.saturating_sub(from.offset).min(READ_BYTES)).unwrap_or(0)];
        let mut offset = from.offset;
        while offset < length && batch.records < MAX_RECORDS {
            let left = length - offset;
            bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            file.read_exact_at(&mut bytes, offset)?;
            let room = (MAX_RECORDS - batch.records).unsigned_abs() as usize;
            let mut walked = segment::walk(&bytes, room, left > bytes.len() as u64, |record| batch.add(&record));
            if walked.consumed == 0 && bytes.len() > MAX_RECORD {
                // Much without a whole record: damaged. Its last bytes may be a record's beginning.
                walked.consumed = bytes.len() - MAX_RECORD;
                walked.skipped = walked.consumed;
            }
            batch.skipped += walked.skipped;
            offset += walked.consumed as u64;
            if walked.consumed == 0 {
                break;
            }
        }
        if let Some(cause) = batch.failed {
            return Err(cause);
        }
        batch.groups.iter_mut().try_for_each(Group::pack)?;
        batch.sum_up();
        batch.next =
            if offset >= length && !is_active { Position { segment: number + 1, offset: 0 } } else { Position { segment: number, offset } };
        Ok(Some(batch))
    }

    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        // What strangers send without a key is counted, but a row each would let them fill the database.
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
        let is_it = |group: &Group| group.hour == hour && group.environment == environment && *group.org_id == *org;
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
            let next = Group { logs: group.logs.successor(), ..Group::new(Arc::clone(&group.org_id), environment, hour) };
            self.last = self.groups.len();
            self.index.insert((Arc::clone(&next.org_id), environment, hour), self.last);
            self.groups.push(next);
        }
        &mut self.groups[self.last]
    }

    /// Adds up what the groups have gathered.
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
                    self.last_used.insert(key, LastUse { at, ip: text(shared.source_ip), agent: text(shared.user_agent) });
                }
            }
        }
    }
}

impl Group {
    fn new(org_id: Arc<str>, environment: Environment, hour: u64) -> Self {
        let (usage, latency, last_used) = Default::default();
        Self { org_id, environment, hour, logs: request_logs::Builder::default(), block: None, usage, latency, last_used }
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

    /// Adds how a streamed answer ended to its call, or gives it back where that is not here.
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

    /// Adds to the usage, and says of which hour.
    fn count(&mut self, record: &Record<'_>, shared: request_logs::Shared) -> i64 {
        let hour = Timestamp(record.at_ms).hour().0;
        let id = UsageId { hour, product: shared.product, operation: shared.operation, key: shared.key, status: record.status };
        *self.usage.entry(id).or_default() += UsageSum {
            calls: i64::from(!record.is_end),
            units: record.units.into(),
            billed_units: record.billed_units.into(),
            price_nano: record.price_nano.min(quota::MAX_PRICE).cast_signed(),
            latency_us: if record.is_end { 0 } else { signed(record.latency_us) },
            request_bytes: signed(record.request_bytes),
            response_bytes: signed(record.response_bytes),
        };
        hour
    }
}

/// As the databases hold it. One record is at most a tebibyte, or twelve days, so that no sum of them
/// can leave the range of a bigint and stop the applier.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX).min(1 << 40)
}

/// The histogram's bucket: four for each doubling of microseconds.
fn latency_bucket(us: u64) -> i64 {
    ((us.max(1) as f64).log2() * 4.0).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::super::Texts;
    use super::super::record::tests::example;
    use super::*;
    use crate::types::log::Ended;

    #[test]
    fn a_batch_sums_up_what_it_holds() {
        let mut batch = Batch::default();
        for id in 1..=2 {
            batch.add(&example(id, "/v1/customers"));
        }
        batch.sum_up();
        assert_eq!(batch.groups.len(), 1);
        let sums: Vec<_> = batch.usage.values().collect();
        let expected = UsageSum {
            calls: 2,
            units: 6,
            billed_units: 4,
            price_nano: 800_000_000,
            latency_us: 2468,
            request_bytes: 34,
            response_bytes: 500,
        };
        assert_eq!(sums, [&expected]);
    }

    #[test]
    fn calls_of_other_organisations_environments_and_hours_come_to_other_groups() {
        let mut batch = Batch::default();
        let mut sandbox = example(2, "/v1/customers");
        sandbox.environment = Environment::Sandbox;
        let mut other = example(3, "/v1/customers");
        other.texts.org_id = "org_other";
        let later = example((u128::from(HOUR.unsigned_abs())) << 80, "/v1/customers");
        for record in [example(1, "/v1/customers"), sandbox, other, later, example(4, "/v1/customers")] {
            batch.add(&record);
        }
        batch.sum_up();
        assert_eq!(batch.groups.len(), 4);
        assert_eq!(batch.usage.values().map(|sum| sum.calls).collect::<Vec<_>>(), [1, 3, 1], "sums are by the hour of the answer");
    }

    #[test]
    fn a_dear_call_is_recorded_whole_and_no_sum_of_them_leaves_the_range_of_the_database() {
        let mut batch = Batch::default();
        let mut dear = example(1, "/v1/customers");
        dear.price_nano = 5_000_000_000_000;
        batch.add(&dear);
        batch.sum_up();
        assert_eq!(batch.usage.values().next().unwrap().price_nano, 5_000_000_000_000);
        dear.price_nano = u64::MAX;
        for _ in 0..20 {
            batch.add(&dear);
        }
        batch.usage.clear();
        batch.sum_up();
        assert_eq!(batch.usage.values().next().unwrap().price_nano, (1 << 62) - 1);
    }

    #[test]
    fn the_end_of_an_answer_adds_its_bytes_and_is_no_call() {
        let answer = Record { ended: Ended::Open, response_bytes: 0, ..example(1, "/v1/customers") };
        let end = Record { is_end: true, ended: Ended::Aborted, latency_us: 5_000_000, request_bytes: 0, response_bytes: 70_000, ..answer };
        let end = Record { units: 0, billed_units: 0, price_nano: 0, ..end };
        let mut batch = Batch::default();
        batch.add(&answer);
        batch.add(&end);
        // Of a call that an earlier batch had, and of a stranger's.
        batch.add(&Record { request_id: 2, ..end });
        batch.add(&Record { request_id: 3, texts: Texts { org_id: "", ..end.texts }, ..end });
        batch.sum_up();
        let sum = batch.usage.iter().find(|(key, _)| !key.org_id.is_empty()).unwrap().1;
        assert_eq!((sum.calls, sum.units, sum.latency_us, sum.request_bytes, sum.response_bytes), (1, 3, 1234, 17, 140_000));
        assert_eq!(batch.latency.values().sum::<i64>(), 1);
        assert_eq!(batch.ends.iter().map(|end| (end.id, end.ended)).collect::<Vec<_>>(), [(2, Ended::Aborted)]);
    }

    #[test]
    fn a_long_stretch_is_read_whole_though_it_is_read_in_pieces_and_partly_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        while bytes.len() < 3 * READ_BYTES as usize {
            example(1, "/v1/customers").encode(&mut bytes);
        }
        let length = Record::decode(&bytes).unwrap().1;
        let all = bytes.len() / length;
        // A whole piece and more.
        bytes[length..length + READ_BYTES as usize + 10 * length].fill(7);
        let lost = READ_BYTES as usize / length + 11;
        std::fs::write(segment::path(folder.path(), 1), &bytes).unwrap();
        let (begin, end) = (Position { segment: 1, offset: 0 }, Position { segment: 1, offset: bytes.len() as u64 });
        let batch = Batch::read(folder.path(), begin, end).unwrap().unwrap();
        assert_eq!((batch.records, batch.next, batch.skipped), ((all - lost) as i64, end, lost * length));
        assert!(Batch::read(folder.path(), end, end).unwrap().is_none_or(|batch| batch.next == end));
    }

    #[test]
    fn latencies_fall_into_quarters_of_doublings() {
        assert_eq!([0, 1, 2, 4, 1000].map(latency_bucket), [0, 0, 4, 8, 39]);
    }
}
