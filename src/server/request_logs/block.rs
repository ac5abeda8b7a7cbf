//! The request log is kept in blocks: calls of one organisation, environment and hour, packed
//! together with each text once. A row per call would cost the database several times what the call itself
//! costs the gateway. A block is [postcard](https://postcard.jamesmunns.com/wire-format): its texts, then
//! its rows, which name texts by number.

use std::cmp::Reverse;
use std::sync::Arc;

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
/// Texts of a row.
const TEXTS: usize = 10;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Row {
    id: [u8; 16],
    at_ms: i64,
    status: u16,
    latency_us: u64,
    checks_us: u32,
    handler_us: u32,
    request_bytes: u64,
    response_bytes: u64,
    units: u32,
    billed_units: u32,
    price_nano: u64,
    quota: Option<(u64, u64)>,
    limits_left: [u32; LIMITS],
    answered_by: u8,
    texts: [u32; TEXTS],
}

#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    #[serde(borrow)]
    texts: Vec<&'a str>,
    rows: Vec<Row>,
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
        let texts = [t.key_id, t.product, t.operation, t.source_ip, t.user_agent, t.limits, t.method, t.path, t.code, t.client_request_id];
        for (i, text) in texts.into_iter().enumerate() {
            self.last[i] = self.number(text, self.last[i]);
        }
        let [key, product, operation, source_ip, user_agent, ..] = self.last;
        if keep {
            self.rows.push(Row {
                id: record.request_id.to_be_bytes(),
                at_ms: record.at_ms,
                status: record.status,
                latency_us: record.latency_us,
                checks_us: record.checks_us,
                handler_us: record.handler_us,
                request_bytes: record.request_bytes,
                response_bytes: record.response_bytes,
                units: record.units,
                billed_units: record.billed_units,
                price_nano: record.price_nano,
                quota: record.quota,
                limits_left: record.limits_left,
                answered_by: record.answered_by as u8,
                texts: self.last,
            });
        }
        Shared { key, product, operation, source_ip, user_agent }
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
        let packed = Packed { texts: self.texts.iter().map(|text| &**text).collect(), rows: self.rows.clone() };
        Ok(Some(Block {
            first_id,
            last_id,
            calls: self.rows.len() as i64,
            data: postcard::to_stdvec(&packed).map_err(anyhow::Error::from)?,
        }))
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
        let is = |wanted: &str, text: usize| wanted.is_empty() || entry.text(text) == wanted;
        entry.id() < self.before
            && (self.statuses.0..=self.statuses.1).contains(&entry.row.status)
            && is(self.operation, OPERATION)
            && is(self.key_id, KEY)
            && is(self.method, METHOD)
            && entry.text(PATH).starts_with(self.path)
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
    let packed: Packed<'_> = postcard::from_bytes(data).map_err(anyhow::Error::from)?;
    let entries = packed.rows.iter().map(|row| Entry { row, texts: &packed.texts });
    let mut taken: Vec<Entry<'_>> = entries.filter(|entry| wanted.takes(entry)).collect();
    taken.sort_unstable_by_key(|entry| Reverse(entry.id()));
    found.extend(taken.iter().take(limit).map(|entry| (entry.id(), entry.log(environment))));
    Ok(packed.rows.len())
}

/// The call with this id, if it is in the block.
pub fn find(data: &[u8], environment: Environment, id: u128) -> Result<Option<RequestLog>> {
    let packed: Packed<'_> = postcard::from_bytes(data).map_err(anyhow::Error::from)?;
    let row = packed.rows.iter().find(|row| row.id == id.to_be_bytes());
    Ok(row.map(|row| Entry { row, texts: &packed.texts }.log(environment)))
}

const KEY: usize = 0;
const PRODUCT: usize = 1;
const OPERATION: usize = 2;
const SOURCE_IP: usize = 3;
const USER_AGENT: usize = 4;
const LIMITS_TEXT: usize = 5;
const METHOD: usize = 6;
const PATH: usize = 7;
const CODE: usize = 8;
const CLIENT_REQUEST_ID: usize = 9;

struct Entry<'a> {
    row: &'a Row,
    texts: &'a [&'a str],
}

impl Entry<'_> {
    const fn id(&self) -> u128 {
        u128::from_be_bytes(self.row.id)
    }

    fn text(&self, which: usize) -> &str {
        self.texts.get(self.row.texts[which] as usize).copied().unwrap_or_default()
    }

    fn log(&self, environment: Environment) -> RequestLog {
        let row = self.row;
        let owned = |which| self.text(which).to_owned();
        RequestLog {
            id: RequestId::from(self.id()).to_string(),
            environment,
            key_id: owned(KEY),
            product: owned(PRODUCT),
            operation: owned(OPERATION),
            method: owned(METHOD),
            path: owned(PATH),
            status: row.status,
            code: owned(CODE),
            units: row.units.into(),
            billed_units: row.billed_units.into(),
            price: nano_text(row.price_nano),
            quota: row.quota.map(|(quota, _)| quota),
            quota_remaining: row.quota.map(|(_, left)| left),
            limits: limits(self.text(LIMITS_TEXT), row.limits_left),
            answered_by: AnsweredBy::from_number(row.answered_by),
            latency_us: row.latency_us,
            checks_us: row.checks_us.into(),
            handler_us: row.handler_us.into(),
            request_bytes: row.request_bytes,
            response_bytes: row.response_bytes,
            source_ip: owned(SOURCE_IP),
            user_agent: owned(USER_AGENT),
            client_request_id: owned(CLIENT_REQUEST_ID),
            created_at: Timestamp(row.at_ms),
        }
    }
}

/// Reads `"key";q=20;w=1, "org";q=100;w=1`, as `RateLimit-Policy` has it.
fn limits(policies: &str, left: [u32; LIMITS]) -> Vec<LimitLeft> {
    let read = |(policy, remaining): (&str, u32)| {
        let (name, rest) = policy.trim().split_once(';')?;
        let (limit, seconds) = rest.strip_prefix("q=")?.split_once(";w=")?;
        Some(LimitLeft {
            policy: name.trim_matches('"').to_owned(),
            limit: limit.parse().ok()?,
            window_seconds: seconds.parse().ok()?,
            remaining,
        })
    };
    policies.split(',').zip(left).filter_map(read).collect()
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
    fn a_text_that_recurs_is_kept_once() {
        let records: Vec<Record<'_>> = (0..100).map(|id| example(id, "/v1/customers")).collect();
        let size = packed(&records).data.len();
        assert!(size < 8_000, "{size} bytes for 100 calls");
    }
}
