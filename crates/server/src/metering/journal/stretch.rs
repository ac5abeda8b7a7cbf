//! Reads a stretch of the journal, record by record.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Record;
use super::record::{MAX_RECORD, is_interrupted};
use super::segment;
use super::writer::Position;
use crate::Result;

/// The size of a read: reusing a small buffer costs less than memory for a whole transaction.
pub const READ_BYTES: u64 = 256 * 1024;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The segment that was read, which can be a later one than where reading was to start.
    pub segment: u64,
    pub next: Position,
    pub records: i64,
    pub gaps: Gaps,
}

/// Bytes without a complete record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    pub damaged: Vec<Part>,
    /// Bytes of an interrupted write at the end of the segment.
    pub interrupted: usize,
}

/// A part of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub offset: u64,
    pub bytes: u64,
}

impl Gaps {
    fn add(&mut self, part: Part) {
        match self.damaged.last_mut() {
            Some(last) if last.offset + last.bytes == part.offset => last.bytes += part.bytes,
            _ => self.damaged.push(part),
        }
    }

    /// The number of damaged bytes.
    pub fn damaged_bytes(&self) -> u64 {
        self.damaged.iter().map(|part| part.bytes).sum()
    }
}

/// Passes up to `limit` records after `from`, up to `end`, of one segment to `each`. `None` if
/// there are no more.
pub fn read(
    folder: &Path,
    from: Position,
    end: Position,
    limit: i64,
    mut each: impl FnMut(&Record<'_>),
) -> Result<Option<Stretch>> {
    let Some(number) = segment::list(folder)?.into_iter().find(|number| *number >= from.segment)
    else {
        return Ok(None);
    };
    if number > from.segment && from != Position::default() {
        tracing::error!(
            from = from.segment,
            to = number,
            "journal segments are missing: their records are not counted"
        );
    }
    let from = if number == from.segment { from } else { Position { segment: number, offset: 0 } };
    if from >= end {
        return Ok(None);
    }
    let file = File::open(segment::path(folder, number))?;
    let is_active = number == end.segment;
    let length = if is_active { end.offset } else { file.metadata()?.len() };
    if from.offset > length {
        tracing::error!(
            segment = number,
            applied = from.offset,
            bytes = length,
            "a journal segment is shorter than the part that was applied: it was truncated or replaced, and its new records are not counted"
        );
    }
    let mut stretch = Stretch { segment: number, next: from, records: 0, gaps: Gaps::default() };
    let mut bytes =
        vec![0; usize::try_from(length.saturating_sub(from.offset).min(READ_BYTES)).unwrap_or(0)];
    let mut offset = from.offset;
    while offset < length && stretch.records < limit {
        let left = length - offset;
        bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        file.read_exact_at(&mut bytes, offset)?;
        let room = (limit - stretch.records).unsigned_abs() as usize;
        let records = &mut stretch.records;
        let mut walked = segment::walk(&bytes, room, left > bytes.len() as u64, |record| {
            *records += 1;
            each(&record);
        });
        if walked.consumed == 0 && bytes.len() > MAX_RECORD {
            // A large part without a complete record is damaged. Its last bytes may be the start of
            // a record.
            walked.consumed = bytes.len() - MAX_RECORD;
            walked.skipped.push((0, walked.consumed));
        }
        for (start, end) in walked.skipped {
            // Everything before the writer's position in the active segment was written completely.
            let is_tail = !is_active && offset + end as u64 == length;
            if is_tail && is_interrupted(&bytes[start..end]) {
                stretch.gaps.interrupted = end - start;
            } else {
                stretch
                    .gaps
                    .add(Part { offset: offset + start as u64, bytes: (end - start) as u64 });
            }
        }
        offset += walked.consumed as u64;
        if walked.consumed == 0 {
            break;
        }
    }
    stretch.next = if offset >= length && !is_active {
        Position { segment: number + 1, offset: 0 }
    } else {
        Position { segment: number, offset }
    };
    Ok(Some(stretch))
}
