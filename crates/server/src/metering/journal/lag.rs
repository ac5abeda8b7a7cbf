//! How far the database is behind the journal.

use std::fs;
use std::io;
use std::path::Path;

use tollgate_types::time::{MINUTE, Timestamp};

use super::writer::{Journal, Position};
use super::{segment, stretch};
use crate::Result;

/// The age of a waiting record that causes an alarm, if no batch is applied meanwhile.
pub const MAX_AGE: i64 = MINUTE;
/// The number of waiting bytes that causes an alarm: some millions of calls.
pub const MAX_BYTES: u64 = 1 << 30;

/// The part of the journal that is not in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    pub bytes: u64,
    /// When the oldest of these records was written.
    pub oldest: Option<Timestamp>,
}

impl Lag {
    /// Age of the oldest record, in milliseconds.
    pub fn age(&self, now: Timestamp) -> i64 {
        self.oldest.map_or(0, |oldest| (now.0 - oldest.0).max(0))
    }

    /// For the journal in `folder`, from the cursor on. `end` is the writer's position, if known.
    pub fn of(folder: &Path, cursor: Position, end: Option<Position>) -> Result<Self> {
        let mut bytes = 0;
        for number in segment::list(folder)?.into_iter().filter(|number| *number >= cursor.segment)
        {
            let length = match end {
                Some(end) if end.segment <= number => end.offset * u64::from(end.segment == number),
                _ => match fs::metadata(segment::path(folder, number)) {
                    Ok(metadata) => metadata.len(),
                    // Removed meanwhile, so it is applied.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                    Err(error) => return Err(error.into()),
                },
            };
            bytes +=
                length.saturating_sub(if number == cursor.segment { cursor.offset } else { 0 });
        }
        let (mut oldest, mut at) = (None, cursor);
        let end = end.unwrap_or(Position { segment: u64::MAX, offset: 0 });
        // Segments without a record, which each start leaves, are skipped.
        while bytes > 0 && oldest.is_none() {
            let Some(read) =
                stretch::read(folder, at, end, 1, |record| oldest = Some(Timestamp(record.at_ms)))?
            else {
                break;
            };
            if read.next <= at {
                break;
            }
            at = read.next;
        }
        Ok(Self { bytes, oldest })
    }
}

impl Journal {
    /// How far the database is behind, as known to this server's applier.
    pub async fn lag(&self) -> Result<Lag> {
        let (applied, end) = (self.moved.lock().0, self.end());
        if applied >= end {
            return Ok(Lag::default());
        }
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || Lag::of(&folder, applied, Some(end)))
            .await
            .map_err(anyhow::Error::from)?
    }

    /// Whether the applier works: it has progressed within [`MAX_AGE`], or nothing is that old, and
    /// the journal has not grown beyond [`MAX_BYTES`].
    pub fn is_applied(&self, lag: &Lag, now: Timestamp) -> bool {
        let moved = self.moved.lock().1;
        lag.bytes <= MAX_BYTES && (lag.age(now) <= MAX_AGE || now.0 - moved.0 <= MAX_AGE)
    }
}
