//! A stretch of the journal, read and summed up, ready to be written to the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Record;
use super::record::MAX_RECORD;
use super::segment;
use super::writer::Position;
use crate::server::Result;
use crate::types::time::Timestamp;

/// Records applied in one transaction.
const MAX_RECORDS: usize = 4_000;
const READ_BYTES: u64 = 1024 * 1024;

/// A row of the request log.
#[derive(Clone, Debug)]
pub struct LogRow {
    pub org_id: Arc<str>,
    pub id: Arc<str>,
    pub environment: Arc<str>,
    pub key_id: Arc<str>,
    pub product: Arc<str>,
    pub operation: Arc<str>,
    pub method: Arc<str>,
    pub path: Arc<str>,
    pub status: i64,
    pub code: Arc<str>,
    pub units: i64,
    pub billed_units: i64,
    pub latency_us: i64,
    pub request_bytes: i64,
    pub response_bytes: i64,
    pub source_ip: Arc<str>,
    pub user_agent: Arc<str>,
    pub client_request_id: Arc<str>,
    pub created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageKey {
    pub org_id: Arc<str>,
    pub environment: Arc<str>,
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
    pub latency_us: i64,
    pub request_bytes: i64,
    pub response_bytes: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LatencyKey {
    pub org_id: Arc<str>,
    pub environment: Arc<str>,
    pub hour: i64,
    pub bucket: i64,
}

#[derive(Clone, Debug)]
pub struct LastUse {
    pub at: i64,
    pub ip: Arc<str>,
    pub agent: Arc<str>,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub next: Position,
    pub skipped: usize,
    /// Records that were read, also those that get no row.
    pub records: i64,
    pub logs: Vec<LogRow>,
    pub usage: BTreeMap<UsageKey, UsageSum>,
    pub latency: BTreeMap<LatencyKey, i64>,
    pub last_used: BTreeMap<Arc<str>, LastUse>,
    texts: Texts,
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
        let left = length.saturating_sub(from.offset);
        let mut bytes = vec![0; usize::try_from(left.min(READ_BYTES)).unwrap_or(0)];
        file.read_exact_at(&mut bytes, from.offset)?;

        let mut batch = Self::default();
        let more = left > READ_BYTES;
        let mut walked = segment::walk(&bytes, MAX_RECORDS, more, |record| batch.add(&record));
        if walked.consumed == 0 && bytes.len() > MAX_RECORD {
            // A megabyte without a whole record: damaged. Its last bytes may be a record's beginning.
            walked.consumed = bytes.len() - MAX_RECORD;
            walked.skipped = walked.consumed;
        }
        batch.skipped = walked.skipped;
        let offset = from.offset + walked.consumed as u64;
        batch.next =
            if offset >= length && !is_active { Position { segment: number + 1, offset: 0 } } else { Position { segment: number, offset } };
        Ok(Some(batch))
    }

    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        let (texts, last) = (&mut self.texts, self.logs.last());
        let row = LogRow {
            org_id: texts.share(record.org_id, last.map(|row| &row.org_id)),
            id: record.request_id.into(),
            environment: texts.share(record.environment.as_str(), last.map(|row| &row.environment)),
            key_id: texts.share(record.key_id, last.map(|row| &row.key_id)),
            product: texts.share(record.product, last.map(|row| &row.product)),
            operation: texts.share(record.operation, last.map(|row| &row.operation)),
            method: texts.share(record.method, last.map(|row| &row.method)),
            path: texts.share(record.path, last.map(|row| &row.path)),
            status: i64::from(record.status),
            code: texts.share(record.code, last.map(|row| &row.code)),
            units: i64::from(record.units),
            billed_units: i64::from(record.billed_units),
            latency_us: signed(record.latency_us),
            request_bytes: signed(record.request_bytes),
            response_bytes: signed(record.response_bytes),
            source_ip: texts.share(record.source_ip, last.map(|row| &row.source_ip)),
            user_agent: texts.share(record.user_agent, last.map(|row| &row.user_agent)),
            client_request_id: texts.share(record.client_request_id, last.map(|row| &row.client_request_id)),
            created_at: record.at_ms,
        };
        let hour = Timestamp(record.at_ms).hour().0;
        let sum = self.usage.entry(UsageKey::of(&row, hour)).or_default();
        sum.calls += 1;
        sum.units = sum.units.saturating_add(row.units);
        sum.billed_units = sum.billed_units.saturating_add(row.billed_units);
        sum.latency_us = sum.latency_us.saturating_add(row.latency_us);
        sum.request_bytes = sum.request_bytes.saturating_add(row.request_bytes);
        sum.response_bytes = sum.response_bytes.saturating_add(row.response_bytes);
        let bucket = latency_bucket(record.latency_us);
        let key = LatencyKey { org_id: row.org_id.clone(), environment: row.environment.clone(), hour, bucket };
        *self.latency.entry(key).or_default() += 1;
        if !row.key_id.is_empty() && self.last_used.get(&row.key_id).is_none_or(|last| last.at <= row.created_at) {
            let last = LastUse { at: row.created_at, ip: row.source_ip.clone(), agent: row.user_agent.clone() };
            self.last_used.insert(row.key_id.clone(), last);
        }
        // What strangers send without a key is counted, but a row each would let them fill the database.
        if !row.org_id.is_empty() {
            self.logs.push(row);
        }
    }
}

impl UsageKey {
    fn of(row: &LogRow, hour: i64) -> Self {
        Self {
            org_id: row.org_id.clone(),
            environment: row.environment.clone(),
            hour,
            product: row.product.clone(),
            operation: row.operation.clone(),
            key_id: row.key_id.clone(),
            status: row.status,
        }
    }
}

/// Texts that recur in a batch, each kept once: most of a row's are those of the row before.
#[derive(Debug, Default)]
struct Texts(FxHashSet<Arc<str>>);

impl Texts {
    /// `last` is where it probably is: the same field of the row before.
    fn share(&mut self, text: &str, last: Option<&Arc<str>>) -> Arc<str> {
        if let Some(last) = last.filter(|last| ***last == *text) {
            return Arc::clone(last);
        }
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
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
    use super::super::record::tests::example;
    use super::*;

    #[test]
    fn a_batch_sums_up_what_it_holds() {
        let mut batch = Batch::default();
        for id in ["req_1", "req_2"] {
            batch.add(&example(id, "/v1/customers"));
        }
        assert_eq!(batch.logs.len(), 2);
        let sums: Vec<_> = batch.usage.values().collect();
        assert_eq!(sums, [&UsageSum { calls: 2, units: 6, billed_units: 4, latency_us: 2468, request_bytes: 34, response_bytes: 500 }]);
    }

    #[test]
    fn latencies_fall_into_quarters_of_doublings() {
        assert_eq!([0, 1, 2, 4, 1000].map(latency_bucket), [0, 0, 4, 8, 39]);
    }
}
