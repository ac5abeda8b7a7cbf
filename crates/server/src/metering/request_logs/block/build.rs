//! Building a block.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::Context;
use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

use super::read::{Entry, Unpacked, unpack};
use super::{
    Block, COLUMNS, Column, End, FIRST_TEXT, MAX_ROWS, Packed, Row, TAIL, TEXTS, time_of, zigzag,
};
use crate::Result;
use crate::journal::Record;

/// Indexes of the texts that sums and last uses are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shared {
    pub key: u32,
    pub product: u32,
    pub operation: u32,
    pub source_ip: u32,
    pub user_agent: u32,
}

/// The usual maximum size of an uncompressed row, in bytes.
const USUAL_ROW: usize = 64;

/// Rows by column, as in [`Packed`].
struct Columns<'a>(&'a [Row]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..COLUMNS).map(|column| OneColumn(self.0, column)))
    }
}

struct OneColumn<'a>(&'a [Row], usize);

impl Serialize for OneColumn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|row| row.numbers[self.1]))
    }
}

/// A block that is being built.
#[derive(Debug, Default)]
pub struct Builder {
    texts: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
    /// The texts of the last row: most of them are also those of the next.
    last: [u32; TEXTS],
    rows: Vec<Row>,
    last_ip: Option<(IpAddr, Arc<str>)>,
}

impl Builder {
    /// A builder for the next block, which reuses the memory of this one.
    pub fn successor(&mut self) -> Self {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        Self { rows, ..Self::default() }
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS
    }

    pub fn text(&self, number: u32) -> &Arc<str> {
        &self.texts[number as usize]
    }

    /// Assigns indexes to the texts of `record`, and stores a row of it if `keep`.
    pub fn add(&mut self, record: &Record<'_>, keep: bool) -> Shared {
        let t = &record.texts;
        let source_ip = self.ip_text(record.source_ip);
        let texts = [
            t.key_id,
            t.product,
            t.operation,
            &source_ip,
            t.user_agent,
            t.limits,
            t.method,
            t.path,
            t.code,
            t.client_request_id,
        ];
        for (i, text) in texts.into_iter().enumerate() {
            self.last[i] = self.number(text, self.last[i]);
        }
        let [key, product, operation, source_ip, user_agent, ..] = self.last;
        if keep {
            let mut numbers = [0; COLUMNS];
            let detail = self.optional(t.detail);
            let mut set = |column: Column, value: u64| numbers[column as usize] = value;
            set(Column::Responded, zigzag(record.at_ms - time_of(record.request_id)));
            set(Column::Status, record.status.into());
            set(Column::LatencyUs, record.latency_us);
            set(Column::ChecksUs, record.checks_us.into());
            set(Column::HandlerUs, record.handler_us.into());
            set(Column::RequestBytes, record.request_bytes);
            set(Column::ResponseBytes, record.response_bytes);
            set(Column::Units, record.units.into());
            set(Column::BilledUnits, record.billed_units.into());
            set(Column::PriceNano, record.price_nano);
            let (quota, left) =
                record.quota.map_or((0, 0), |(quota, left)| (quota.saturating_add(1), left));
            set(Column::Quota, quota);
            set(Column::QuotaLeft, left);
            set(Column::AnsweredBy, record.answered_by as u64);
            set(Column::Ended, record.ended as u64);
            set(Column::Detail, detail);
            for (number, used) in
                numbers[Column::LimitsUsed as usize..].iter_mut().zip(record.limits_used)
            {
                *number = used.into();
            }
            for (number, text) in numbers[FIRST_TEXT..].iter_mut().zip(self.last) {
                *number = text.into();
            }
            self.rows.push(Row { id: record.request_id, numbers });
        }
        Shared { key, product, operation, source_ip, user_agent }
    }

    /// Adds the end of a response to the row of its call. False if the row is not in this block.
    pub fn end(&mut self, end: &End) -> bool {
        let Some(row) = self.rows.iter_mut().rev().find(|row| row.id == end.id) else {
            return false;
        };
        let mut add = |column: Column, value: u64| {
            let number = &mut row.numbers[column as usize];
            *number = number.saturating_add(value);
        };
        add(Column::RequestBytes, end.request_bytes);
        add(Column::ResponseBytes, end.response_bytes);
        add(Column::DurationUs, end.duration_us);
        row.numbers[Column::Ended as usize] = end.ended as u64;
        true
    }

    /// Stores a row of a call that is in another block.
    fn copy(&mut self, entry: &Entry<'_>) {
        for i in 0..TEXTS {
            self.last[i] = self.number(entry.text_at(FIRST_TEXT + i), self.last[i]);
        }
        let mut numbers = [0; COLUMNS];
        for (column, number) in numbers.iter_mut().enumerate() {
            let text = column.checked_sub(FIRST_TEXT).and_then(|text| self.last.get(text));
            *number = text.map_or_else(|| entry.at(column), |text| (*text).into());
        }
        numbers[Column::Detail as usize] = self.optional(entry.optional(Column::Detail));
        self.rows.push(Row { id: entry.id(), numbers });
    }

    /// The index of a rarely used text, plus one; zero for none.
    fn optional(&mut self, text: &str) -> u64 {
        if text.is_empty() { 0 } else { u64::from(self.number(text, 0)) + 1 }
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
        let mut tails = Vec::with_capacity(self.rows.len() * TAIL);
        ids().for_each(|id| tails.extend_from_slice(&id.to_be_bytes()[size_of::<u128>() - TAIL..]));
        let packed = Packed {
            texts: self.texts.iter().map(|text| &**text).collect(),
            times: ids().map(step).collect(),
            tails: &tails,
            columns: Columns(&self.rows),
        };
        let bytes = postcard::to_extend(&packed, Vec::with_capacity(self.rows.len() * USUAL_ROW))
            .context("cannot compact request logs")?;
        let (calls, data) = (self.rows.len() as i64, lz4_flex::compress_prepend_size(&bytes));
        Ok(Some(Block {
            first_id: first_id.to_be_bytes(),
            last_id: last_id.to_be_bytes(),
            calls,
            data,
        }))
    }
}

/// The calls of `blocks`, ordered by id, in blocks that are full except for the last.
///
/// # Errors
/// For a damaged block, and for one of a newer version, because data could be lost.
pub fn repack(blocks: &[Vec<u8>]) -> Result<Vec<Block>> {
    let bytes = blocks.iter().map(|data| unpack(data)).collect::<Result<Vec<_>>>()?;
    let read = bytes.iter().map(|bytes| Unpacked::read(bytes)).collect::<Result<Vec<_>>>()?;
    if read.iter().any(|block| block.packed.columns.len() > COLUMNS) {
        return Err(
            anyhow::anyhow!("a block of request logs was written by a newer version").into()
        );
    }
    let mut entries: Vec<Entry<'_>> = read.iter().flat_map(Unpacked::entries).collect();
    entries.sort_unstable_by_key(Entry::id);
    let mut packed = Vec::new();
    for entries in entries.chunks(MAX_ROWS) {
        let mut builder = Builder::default();
        entries.iter().for_each(|entry| builder.copy(entry));
        packed.extend(builder.pack()?);
    }
    Ok(packed)
}
