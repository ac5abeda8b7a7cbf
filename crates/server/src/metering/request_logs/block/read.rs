//! Reading a block.

use std::cmp::Reverse;

use anyhow::Context;
use tollgate_types::environment::Environment;
use tollgate_types::id::RequestId;
use tollgate_types::log::{AnsweredBy, Ended, LimitLeft, RequestLog};
use tollgate_types::money::nano_text;
use tollgate_types::time::Timestamp;

use super::{Column, Packed, TAIL, time_of, unzigzag};
use crate::Result;
use crate::journal::LIMITS;

/// The filter of a list of calls. Empty texts match everything.
pub struct Wanted {
    /// Only below this id.
    pub before: u128,
    pub statuses: (u16, u16),
    pub operation: String,
    pub key_id: String,
    pub method: String,
    pub product: String,
    /// The start of the path.
    pub path: String,
}

impl Wanted {
    fn takes(&self, entry: &Entry<'_>) -> bool {
        let is = |wanted: &str, column: Column| wanted.is_empty() || entry.text(column) == wanted;
        let (from, to) = self.statuses;
        entry.id() < self.before
            && (u64::from(from)..=u64::from(to)).contains(&entry.number(Column::Status))
            && is(&self.operation, Column::Operation)
            && is(&self.key_id, Column::Key)
            && is(&self.method, Column::Method)
            && is(&self.product, Column::Product)
            && entry.text(Column::Path).starts_with(&self.path)
    }
}

/// Appends the newest `limit` calls in the block `data` that match `wanted` to `found`, and returns
/// how many were searched.
pub fn select(
    data: &[u8],
    environment: Environment,
    wanted: &Wanted,
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

/// The ids of the calls in a block, and of those whose responses have ended.
pub fn ids(data: &[u8]) -> Result<Vec<(u128, bool)>> {
    let bytes = unpack(data)?;
    let packed = Unpacked::read(&bytes)?;
    let ids = packed
        .entries()
        .map(|entry| (entry.id(), entry.number(Column::Ended) != Ended::Open as u64));
    Ok(ids.collect())
}

pub fn unpack(data: &[u8]) -> Result<Vec<u8>> {
    Ok(lz4_flex::decompress_size_prepended(data).context("a block of request logs is damaged")?)
}

pub struct Unpacked<'a> {
    ids: Vec<u128>,
    pub packed: Packed<'a>,
}

impl<'a> Unpacked<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let packed: Packed<'a> =
            postcard::from_bytes(bytes).context("a block of request logs is damaged")?;
        let mut time = 0;
        let ids = packed.times.iter().zip(packed.tails.chunks_exact(TAIL)).map(|(step, tail)| {
            time += unzigzag(*step);
            tail.iter()
                .fold(u128::from(time.cast_unsigned()), |id, byte| id << 8 | u128::from(*byte))
        });
        Ok(Self { ids: ids.collect(), packed })
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.ids.len()).map(|row| Entry { block: self, row })
    }
}

pub struct Entry<'a> {
    block: &'a Unpacked<'a>,
    row: usize,
}

impl Entry<'_> {
    pub fn id(&self) -> u128 {
        self.block.ids[self.row]
    }

    fn number(&self, column: Column) -> u64 {
        self.at(column as usize)
    }

    /// Columns of a newer version are ignored; a column that an older version did not have is zero.
    pub fn at(&self, column: usize) -> u64 {
        self.block
            .packed
            .columns
            .get(column)
            .and_then(|column| column.get(self.row))
            .copied()
            .unwrap_or_default()
    }

    fn text(&self, column: Column) -> &str {
        self.text_at(column as usize)
    }

    pub fn text_at(&self, column: usize) -> &str {
        let number = usize::try_from(self.at(column)).unwrap_or(usize::MAX);
        self.block.packed.texts.get(number).copied().unwrap_or_default()
    }

    /// A text whose index is stored plus one, so that zero means none.
    pub fn optional(&self, column: Column) -> &str {
        let number =
            self.number(column).checked_sub(1).and_then(|number| usize::try_from(number).ok());
        number.and_then(|number| self.block.packed.texts.get(number)).copied().unwrap_or_default()
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
            detail: self.optional(Column::Detail).to_owned(),
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
            ended: Ended::from_number(self.number(Column::Ended) as u8),
            duration_us: self.number(Column::DurationUs).max(self.number(Column::LatencyUs)),
            source_ip: owned(Column::SourceIp),
            user_agent: owned(Column::UserAgent),
            client_request_id: owned(Column::ClientRequestId),
            created_at: Timestamp(time_of(self.id()) + unzigzag(self.number(Column::Responded))),
        }
    }
}

/// Parses `"key";q=20;w=1, "org";q=100;w=1`, the form of `RateLimit-Policy`.
fn limits(policies: &str, used: impl Fn(usize) -> u64) -> Vec<LimitLeft> {
    let read = |(i, policy): (usize, &str)| {
        let (name, rest) = policy.trim().split_once(';')?;
        let (limit, seconds) = rest.strip_prefix("q=")?.split_once(";w=")?;
        let limit: u32 = limit.parse().ok()?;
        let used = u32::try_from(used(i)).unwrap_or(limit);
        let remaining = limit.saturating_sub(used);
        Some(LimitLeft {
            policy: name.trim_matches('"').to_owned(),
            limit,
            window_seconds: seconds.parse().ok()?,
            remaining,
        })
    };
    policies.split(',').take(LIMITS).enumerate().filter_map(read).collect()
}
