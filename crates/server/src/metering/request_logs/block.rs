//! The request log is stored in blocks: calls of one organisation, environment and hour, compressed
//! together. A row per call would cost the database several times what the call itself costs the
//! gateway. In a block each text is stored once, and numbers are stored by column, where they are
//! similar and compress well.
//!
//! A block is [LZ4](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) after its length,
//! of [postcard](https://postcard.jamesmunns.com/wire-format), of [`Packed`].

mod build;
mod read;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tollgate_types::log::{Ended, RequestLog};

use crate::Result;
use crate::journal::LIMITS;

pub use build::{Builder, Shared, repack};
pub use read::{Wanted, find, ids, select};

/// Calls per block: all of them are read to see one.
pub const MAX_ROWS: usize = 1_000;

/// A number of a row, in the order of the columns in a block.
#[derive(Clone, Copy)]
enum Column {
    /// Milliseconds from the time in the id to the response, as [`zigzag`].
    Responded,
    Status,
    LatencyUs,
    ChecksUs,
    HandlerUs,
    RequestBytes,
    ResponseBytes,
    Units,
    BilledUnits,
    PriceNano,
    /// Plus one; 0 without a quota.
    Quota,
    QuotaLeft,
    AnsweredBy,
    /// The used part of each limit.
    LimitsUsed,
    // Indexes of texts.
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
    // Numbers again: new columns are appended.
    Ended,
    /// Zero if it is the latency.
    DurationUs,
    /// The index of a text, plus one; zero without a text, and in blocks from before this column.
    Detail,
}

const FIRST_TEXT: usize = Column::Key as usize;
const TEXTS: usize = Column::ClientRequestId as usize + 1 - FIRST_TEXT;
const COLUMNS: usize = Column::Detail as usize + 1;

#[derive(Clone, Copy, Debug)]
struct Row {
    id: u128,
    numbers: [u64; COLUMNS],
}

/// The lower part of an id, which is random; the upper part is its time.
const TAIL: usize = 10;

#[derive(Serialize, Deserialize)]
struct Packed<'a, C = Vec<Vec<u64>>> {
    #[serde(borrow)]
    texts: Vec<&'a str>,
    /// The times in the ids, in milliseconds, each as the [`zigzag`] of the difference from the
    /// previous one.
    times: Vec<u64>,
    /// [`TAIL`] bytes of each id.
    tails: &'a [u8],
    columns: C,
}

/// Maps small signed numbers to small unsigned ones.
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

/// A compressed block, as stored in the database.
#[derive(Debug)]
pub struct Block {
    pub first_id: [u8; 16],
    pub last_id: [u8; 16],
    pub calls: i64,
    pub data: Vec<u8>,
}

/// How a streamed response ended.
#[derive(Clone, Debug)]
pub struct End {
    pub id: u128,
    pub org_id: Arc<str>,
    /// In addition to the numbers of the call.
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub duration_us: u64,
    pub ended: Ended,
}

impl End {
    pub fn add_to(&self, log: &mut RequestLog) {
        log.request_bytes = log.request_bytes.saturating_add(self.request_bytes);
        log.response_bytes = log.response_bytes.saturating_add(self.response_bytes);
        (log.duration_us, log.ended) = (self.duration_us, self.ended);
    }
}

/// An id as stored in the database.
pub fn id(bytes: &[u8]) -> Result<u128> {
    Ok(u128::from_be_bytes(bytes.try_into().map_err(anyhow::Error::from)?))
}

#[cfg(test)]
mod tests;
