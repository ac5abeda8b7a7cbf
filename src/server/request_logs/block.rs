//! The request log is kept in blocks: calls of one organisation, environment and hour, packed together. A row per
//! call would cost the database several times what the call itself costs the gateway. In a block each text
//! stands once, and numbers stand by the column, where they are much alike and compress to little.
//!
//! A block is [LZ4](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) after its length, of
//! [postcard](https://postcard.jamesmunns.com/wire-format), of [`Packed`].

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::Context;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::server::Result;
use crate::server::journal::{LIMITS, Record};
use crate::types::environment::Environment;
use crate::types::id::RequestId;
use crate::types::log::{AnsweredBy, LimitLeft, RequestLog};
use crate::types::money::nano_text;
use crate::types::time::Timestamp;

/// Calls in one block: what has to be read to see one of them.
pub const MAX_ROWS: usize = 1_000;

/// A number of a row. The order is the order of the columns in a block.
#[derive(Clone, Copy)]
enum Column {
    /// Milliseconds from the time in the id to the answer, as [`zigzag`].
    Answered,
    Status,
    LatencyUs,
    ChecksUs,
    HandlerUs,
    RequestBytes,
    ResponseBytes,
    Units,
    BilledUnits,
    PriceNano,
    /// Plus one; 0 where no quota held.
    Quota,
    QuotaLeft,
    AnsweredBy,
    /// What had been used of each limit.
    LimitsUsed,
    // Numbers of texts.
    Key = Self::LimitsUsed as isize + LIMITS as isize,
    Product,
    Operation,
    SourceIp,
    UserAgent,
    Limits,
    Method,
    Path,
    Code,
    ClientRequestId,
}

const FIRST_TEXT: usize = Column::Key as usize;
const COLUMNS: usize = Column::ClientRequestId as usize + 1;
const TEXTS: usize = COLUMNS - FIRST_TEXT;

#[derive(Clone, Copy, Debug)]
struct Row {
    id: u128,
    numbers: [u64; COLUMNS],
}

/// The lower part of an id, which is random; the upper one is its time.
const TAIL: usize = 10;

#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    #[serde(borrow)]
    texts: Vec<&'a str>,
    /// The times in the ids, in milliseconds, each as the [`zigzag`] of its distance from the one before.
    times: Vec<u64>,
    /// [`TAIL`] bytes of each id.
    tails: &'a [u8],
    columns: Vec<Vec<u64>>,
}

/// Small numbers of either sign as small ones without.
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// The time in an id, in milliseconds: the upper 48 bits of a UUIDv7.
const fn time_of(id: u128) -> i64 {
    (id >> 80) as i64
}

/// Numbers of the texts of a row that sums and last uses are kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shared {
    pub key: u32,
    pub product: u32,
    pub operation: u32,
    pub source_ip: u32,
    pub user_agent: u32,
}

/// A block that is being filled.
#[derive(Debug, Default)]
pub struct Builder {
    texts: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
    /// The texts of the last row: most are those of the next as well.
    last: [u32; TEXTS],
    rows: Vec<Row>,
    last_ip: Option<(IpAddr, Arc<str>)>,
}

impl Builder {
    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS
    }

    pub fn text(&self, number: u32) -> &Arc<str> {
        &self.texts[number as usize]
    }

    /// Numbers the texts of `record`, and keeps a row of it if `keep`.
    pub fn add(&mut self, record: &Record<'_>, keep: bool) -> Shared {
        let t = &record.texts;
        let source_ip = self.ip_text(record.source_ip);
        let texts = [t.key_id, t.product, t.operation, &source_ip, t.user_agent, t.limits, t.method, t.path, t.code, t.client_request_id];
        for (i, text) in texts.into_iter().enumerate() {
            self.last[i] = self.number(text, self.last[i]);
        }
        let [key, product, operation, source_ip, user_agent, ..] = self.last;
        if keep {
            let mut numbers = [0; COLUMNS];
            let mut set = |column: Column, value: u64| numbers[column as usize] = value;
            set(Column::Answered, zigzag(record.at_ms - time_of(record.request_id)));
            set(Column::Status, record.status.into());
            set(Column::LatencyUs, record.latency_us);
            set(Column::ChecksUs, record.checks_us.into());
            set(Column::HandlerUs, record.handler_us.into());
            set(Column::RequestBytes, record.request_bytes);
            set(Column::ResponseBytes, record.response_bytes);
            set(Column::Units, record.units.into());
            set(Column::BilledUnits, record.billed_units.into());
            set(Column::PriceNano, record.price_nano);
            let (quota, left) = record.quota.map_or((0, 0), |(quota, left)| (quota.saturating_add(1), left));
            set(Column::Quota, quota);
            set(Column::QuotaLeft, left);
            set(Column::AnsweredBy, record.answered_by as u64);
            for (number, used) in numbers[Column::LimitsUsed as usize..].iter_mut().zip(record.limits_used) {
                *number = used.into();
            }
            for (number, text) in numbers[FIRST_TEXT..].iter_mut().zip(self.last) {
                *number = text.into();
            }
            self.rows.push(Row { id: record.request_id, numbers });
        }
        Shared { key, product, operation, source_ip, user_agent }
    }

    fn ip_text(&mut self, ip: IpAddr) -> Arc<str> {
        if let Some((_, text)) = self.last_ip.as_ref().filter(|(last, _)| *last == ip) {
            return Arc::clone(text);
        }
        let text: Arc<str> = ip.to_string().into();
        self.last_ip = Some((ip, Arc::clone(&text)));
        text
    }

    fn number(&mut self, text: &str, last: u32) -> u32 {
        if self.texts.get(last as usize).is_some_and(|known| **known == *text) {
            return last;
        }
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (text, number) = (Arc::<str>::from(text), self.texts.len() as u32);
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The block, if it has rows.
    pub fn pack(&self) -> Result<Option<Block>> {
        let ids = || self.rows.iter().map(|row| row.id);
        let (Some(first_id), Some(last_id)) = (ids().min(), ids().max()) else { return Ok(None) };
        let mut last = 0;
        let step = |id| {
            let step = zigzag(time_of(id) - last);
            last = time_of(id);
            step
        };
        let packed = Packed {
            texts: self.texts.iter().map(|text| &**text).collect(),
            times: ids().map(step).collect(),
            tails: &ids().flat_map(|id| id.to_be_bytes().into_iter().skip(size_of::<u128>() - TAIL)).collect::<Vec<u8>>(),
            columns: (0..COLUMNS).map(|column| self.rows.iter().map(|row| row.numbers[column]).collect()).collect(),
        };
        let bytes = postcard::to_stdvec(&packed).context("cannot pack request logs")?;
        let (calls, data) = (self.rows.len() as i64, lz4_flex::compress_prepend_size(&bytes));
        Ok(Some(Block { first_id: first_id.to_be_bytes(), last_id: last_id.to_be_bytes(), calls, data }))
    }
}

/// A packed block, as the database holds it.
pub struct Block {
    pub first_id: [u8; 16],
    pub last_id: [u8; 16],
    pub calls: i64,
    pub data: Vec<u8>,
}

/// What a call must be like to be listed. Empty texts ask for nothing.
pub struct Wanted<'a> {
    /// Below this id only.
    pub before: u128,
    pub statuses: (u16, u16),
    pub operation: &'a str,
    pub key_id: &'a str,
    pub method: &'a str,
    /// How the path begins.
    pub path: &'a str,
}

impl Wanted<'_> {
    fn takes(&self, entry: &Entry<'_>) -> bool {
        let is = |wanted: &str, column: Column| wanted.is_empty() || entry.text(column) == wanted;
        let (from, to) = self.statuses;
        entry.id() < self.before
            && (u64::from(from)..=u64::from(to)).contains(&entry.number(Column::Status))
            && is(self.operation, Column::Operation)
            && is(self.key_id, Column::Key)
            && is(self.method, Column::Method)
            && entry.text(Column::Path).starts_with(self.path)
    }
}

/// Appends the newest `limit` calls that `wanted` takes of the block in `data` to `found`, and says how many
/// were looked at.
pub fn select(
    data: &[u8],
    environment: Environment,
    wanted: &Wanted<'_>,
    limit: usize,
    found: &mut Vec<(u128, RequestLog)>,
) -> Result<usize> {
    let bytes = unpack(data)?;
    let packed = Unpacked::read(&bytes)?;
    let mut taken: Vec<Entry<'_>> = packed.entries().filter(|entry| wanted.takes(entry)).collect();
    taken.sort_unstable_by_key(|entry| Reverse(entry.id()));
    found.extend(taken.iter().take(limit).map(|entry| (entry.id(), entry.log(environment))));
    Ok(packed.ids.len())
}

/// The call with this id, if it is in the block.
pub fn find(data: &[u8], environment: Environment, id: u128) -> Result<Option<RequestLog>> {
    let bytes = unpack(data)?;
    let packed = Unpacked::read(&bytes)?;
    let found = packed.entries().find(|entry| entry.id() == id).map(|entry| entry.log(environment));
    Ok(found)
}

fn unpack(data: &[u8]) -> Result<Vec<u8>> {
    Ok(lz4_flex::decompress_size_prepended(data).context("a block of request logs is damaged")?)
}

struct Unpacked<'a> {
    ids: Vec<u128>,
    packed: Packed<'a>,
}

impl<'a> Unpacked<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let packed: Packed<'a> = postcard::from_bytes(bytes).context("a block of request logs is damaged")?;
        let mut time = 0;
        let ids = packed.times.iter().zip(packed.tails.chunks_exact(TAIL)).map(|(step, tail)| {
            time += unzigzag(*step);
            tail.iter().fold(u128::from(time.cast_unsigned()), |id, byte| id << 8 | u128::from(*byte))
        });
        Ok(Self { ids: ids.collect(), packed })
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.ids.len()).map(|row| Entry { block: self, row })
    }
}

struct Entry<'a> {
    block: &'a Unpacked<'a>,
    row: usize,
}

impl Entry<'_> {
    fn id(&self) -> u128 {
        self.block.ids[self.row]
    }

    fn number(&self, column: Column) -> u64 {
        self.at(column as usize)
    }

    /// Columns of a newer version are not looked at; one that an older version did not have is zero.
    fn at(&self, column: usize) -> u64 {
        self.block.packed.columns.get(column).and_then(|column| column.get(self.row)).copied().unwrap_or_default()
    }

    fn text(&self, column: Column) -> &str {
        let number = usize::try_from(self.number(column)).unwrap_or(usize::MAX);
        self.block.packed.texts.get(number).copied().unwrap_or_default()
    }

    fn log(&self, environment: Environment) -> RequestLog {
        let owned = |column| self.text(column).to_owned();
        let quota = self.number(Column::Quota).checked_sub(1);
        RequestLog {
            id: RequestId::from(self.id()).to_string(),
            environment,
            key_id: owned(Column::Key),
            product: owned(Column::Product),
            operation: owned(Column::Operation),
            method: owned(Column::Method),
            path: owned(Column::Path),
            status: self.number(Column::Status) as u16,
            code: owned(Column::Code),
            units: self.number(Column::Units),
            billed_units: self.number(Column::BilledUnits),
            price: nano_text(self.number(Column::PriceNano)),
            quota,
            quota_remaining: quota.map(|_| self.number(Column::QuotaLeft)),
            limits: limits(self.text(Column::Limits), |i| self.at(Column::LimitsUsed as usize + i)),
            answered_by: AnsweredBy::from_number(self.number(Column::AnsweredBy) as u8),
            latency_us: self.number(Column::LatencyUs),
            checks_us: self.number(Column::ChecksUs),
            handler_us: self.number(Column::HandlerUs),
            request_bytes: self.number(Column::RequestBytes),
            response_bytes: self.number(Column::ResponseBytes),
            source_ip: owned(Column::SourceIp),
            user_agent: owned(Column::UserAgent),
            client_request_id: owned(Column::ClientRequestId),
            created_at: Timestamp(time_of(self.id()) + unzigzag(self.number(Column::Answered))),
        }
    }
}

/// Reads `"key";q=20;w=1, "org";q=100;w=1`, as `RateLimit-Policy` has it.
fn limits(policies: &str, used: impl Fn(usize) -> u64) -> Vec<LimitLeft> {
    let read = |(i, policy): (usize, &str)| {
        let (name, rest) = policy.trim().split_once(';')?;
        let (limit, seconds) = rest.strip_prefix("q=")?.split_once(";w=")?;
        let limit: u32 = limit.parse().ok()?;
        let used = u32::try_from(used(i)).unwrap_or(limit);
        let remaining = limit.saturating_sub(used);
        Some(LimitLeft { policy: name.trim_matches('"').to_owned(), limit, window_seconds: seconds.parse().ok()?, remaining })
    };
    policies.split(',').take(LIMITS).enumerate().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::journal::example;
    use super::*;

    fn packed(records: &[Record<'_>]) -> Block {
        let mut builder = Builder::default();
        for record in records {
            builder.add(record, true);
        }
        builder.pack().unwrap().unwrap()
    }

    #[test]
    fn a_call_reads_back_from_its_block_with_all_that_was_recorded() {
        let block = packed(&[example(1, "/v1/customers"), example(2, "/v1/customers/é"), example(3, "/v1/keys")]);
        assert_eq!((block.first_id, block.last_id, block.calls), (1u128.to_be_bytes(), 3u128.to_be_bytes(), 3));
        let log = find(&block.data, Environment::Live, 2).unwrap().unwrap();
        assert_eq!(
            (log.path.as_str(), log.status, log.latency_us, log.checks_us, log.handler_us),
            ("/v1/customers/é", 201, 1234, 34, 1100)
        );
        assert_eq!((log.units, log.billed_units, log.price.as_str()), (3, 2, "0.4"));
        assert_eq!((log.quota, log.quota_remaining, log.answered_by), (Some(10_000), Some(9_998), AnsweredBy::OwnApi));
        let key = LimitLeft { policy: "key".into(), limit: 20, window_seconds: 1, remaining: 19 };
        assert_eq!(log.limits, [key]);
        assert_eq!(log.user_agent, "curl/8.1");
        assert!(find(&block.data, Environment::Live, 4).unwrap().is_none());
    }

    #[test]
    fn every_filter_holds_by_itself() {
        let mut other = example(2, "/v1/keys");
        (other.status, other.texts.operation, other.texts.key_id, other.texts.method) = (404, "getKey", "key_other", "GET");
        let block = packed(&[example(1, "/v1/customers"), other]);
        let any = Wanted { before: u128::MAX, statuses: (0, 999), operation: "", key_id: "", method: "", path: "" };
        let ids = |wanted: &Wanted<'_>| {
            let mut found = Vec::new();
            assert_eq!(select(&block.data, Environment::Live, wanted, 10, &mut found).unwrap(), 2);
            found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&any), [2, 1]);
        assert_eq!(ids(&Wanted { before: 2, ..any }), [1]);
        assert_eq!(ids(&Wanted { statuses: (400, 499), ..any }), [2]);
        assert_eq!(ids(&Wanted { operation: "getKey", ..any }), [2]);
        assert_eq!(ids(&Wanted { key_id: "key_other", ..any }), [2]);
        assert_eq!(ids(&Wanted { method: "POST", ..any }), [1]);
        assert_eq!(ids(&Wanted { path: "/v1/cust", ..any }), [1]);
    }

    #[test]
    fn times_of_either_side_of_an_id_and_ids_in_any_order_read_back() {
        let at = |ms: u128| (ms << 80) + 7;
        let mut records = [example(at(1_763_760_778_042), "/"), example(at(1_763_760_700_000), "/"), example(at(1_763_760_999_999), "/")];
        records[2].at_ms = 1;
        let block = packed(&records);
        for record in records {
            let log = find(&block.data, Environment::Live, record.request_id).unwrap().unwrap();
            assert_eq!(log.created_at, Timestamp(record.at_ms));
        }
        assert_eq!((block.first_id, block.last_id), (records[1].request_id.to_be_bytes(), records[2].request_id.to_be_bytes()));
    }

    #[test]
    fn a_damaged_block_is_an_error_and_no_more() {
        let block = packed(&[example(1, "/v1/customers")]);
        for cut in 0..block.data.len() {
            assert!(find(&block.data[..cut], Environment::Live, 1).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_text_that_recurs_is_kept_once() {
        let records: Vec<Record<'_>> = (0..100).map(|id| example(id, "/v1/customers")).collect();
        let size = packed(&records).data.len();
        assert!(size < 2_500, "{size} bytes for 100 calls");
    }
}
