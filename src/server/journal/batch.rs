//! A stretch of the journal, read and summed up, ready to be written to the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

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
    pub org_id: String,
    pub id: String,
    pub environment: &'static str,
    pub key_id: String,
    pub product: String,
    pub operation: String,
    pub method: String,
    pub path: String,
    pub status: i64,
    pub code: String,
    pub units: i64,
    pub billed_units: i64,
    pub latency_us: i64,
    pub request_bytes: i64,
    pub response_bytes: i64,
    pub source_ip: String,
    pub user_agent: String,
    pub client_request_id: String,
    pub created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageKey {
    pub org_id: String,
    pub environment: &'static str,
    pub hour: i64,
    pub product: String,
    pub operation: String,
    pub key_id: String,
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
    pub org_id: String,
    pub environment: &'static str,
    pub hour: i64,
    pub bucket: i64,
}

#[derive(Clone, Debug)]
pub struct LastUse {
    pub at: i64,
    pub ip: String,
    pub agent: String,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub next: Position,
    pub skipped: usize,
    pub logs: Vec<LogRow>,
    pub usage: BTreeMap<UsageKey, UsageSum>,
    pub latency: BTreeMap<LatencyKey, i64>,
    pub last_used: BTreeMap<String, LastUse>,
}

impl Batch {
    /// Reads what follows `from`, up to `end`, of one segment. None if nothing follows.
    pub fn read(folder: &Path, from: Position, end: Position) -> Result<Option<Self>> {
        let Some(number) = segment::list(folder)?.into_iter().find(|number| *number >= from.segment) else { return Ok(None) };
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

    fn add(&mut self, record: &Record<'_>) {
        let environment = record.environment.as_str();
        let hour = Timestamp(record.at_ms).hour().0;
        let (units, billed_units) = (i64::from(record.units), i64::from(record.billed_units));
        let (request_bytes, response_bytes) = (signed(record.request_bytes), signed(record.response_bytes));
        let latency_us = signed(record.latency_us);
        self.logs.push(LogRow {
            org_id: record.org_id.into(),
            id: record.request_id.into(),
            environment,
            key_id: record.key_id.into(),
            product: record.product.into(),
            operation: record.operation.into(),
            method: record.method.into(),
            path: record.path.into(),
            status: i64::from(record.status),
            code: record.code.into(),
            units,
            billed_units,
            latency_us,
            request_bytes,
            response_bytes,
            source_ip: record.source_ip.into(),
            user_agent: record.user_agent.into(),
            client_request_id: record.client_request_id.into(),
            created_at: record.at_ms,
        });
        let key = UsageKey {
            org_id: record.org_id.into(),
            environment,
            hour,
            product: record.product.into(),
            operation: record.operation.into(),
            key_id: record.key_id.into(),
            status: i64::from(record.status),
        };
        let sum = self.usage.entry(key).or_default();
        sum.calls += 1;
        sum.units += units;
        sum.billed_units += billed_units;
        sum.latency_us += latency_us;
        sum.request_bytes += request_bytes;
        sum.response_bytes += response_bytes;
        let key = LatencyKey { org_id: record.org_id.into(), environment, hour, bucket: latency_bucket(record.latency_us) };
        *self.latency.entry(key).or_default() += 1;
        if !record.key_id.is_empty() {
            let newer = self.last_used.get(record.key_id).is_none_or(|last| last.at <= record.at_ms);
            if newer {
                let last = LastUse { at: record.at_ms, ip: record.source_ip.into(), agent: record.user_agent.into() };
                self.last_used.insert(record.key_id.into(), last);
            }
        }
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The histogram's bucket: four for each doubling of microseconds.
fn latency_bucket(us: u64) -> i64 {
    (us.max(1) as f64).log2().mul_add(4.0, 0.0).floor() as i64
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
