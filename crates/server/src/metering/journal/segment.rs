//! Segment files: their names, and iterating over their records.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::record::{MAGIC, Record};

const ENDING: &str = "journal";

pub fn path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment:012}.{ENDING}"))
}

/// The numbers of all segments in a folder, in order.
pub fn list(folder: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == ENDING)
            && let Some(number) =
                path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok())
        {
            found.push(number);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The result of [`walk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Bytes that need not be read again.
    pub consumed: usize,
    /// Parts of them without a complete record: start and end of each.
    pub skipped: Vec<(usize, usize)>,
}

/// Passes each complete record in `bytes` to `each`, at most `limit` of them. After a torn or
/// damaged record, continues with the next complete one. If `more` bytes may follow, an unreadable
/// tail is left for the next time; otherwise it is skipped.
pub fn walk<'a>(
    bytes: &'a [u8],
    limit: usize,
    more: bool,
    mut each: impl FnMut(Record<'a>),
) -> Walked {
    let (mut at, mut skipped, mut count) = (0, Vec::new(), 0);
    while at < bytes.len() && count < limit {
        if let Some((record, length)) = Record::decode(&bytes[at..]) {
            each(record);
            count += 1;
            at += length;
            continue;
        }
        match next_whole(bytes, at + 1) {
            Some(next) => {
                skipped.push((at, next));
                at = next;
            }
            None if more => break,
            None => {
                skipped.push((at, bytes.len()));
                at = bytes.len();
            }
        }
    }
    Walked { consumed: at, skipped }
}

fn next_whole(bytes: &[u8], from: usize) -> Option<usize> {
    let starts = bytes.get(from..)?.windows(MAGIC.len()).enumerate();
    starts
        .filter(|(_, window)| *window == MAGIC)
        .map(|(i, _)| from + i)
        .find(|at| Record::decode(&bytes[*at..]).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::example;
    use super::*;

    fn three() -> (Vec<u8>, [usize; 3]) {
        let mut bytes = Vec::new();
        let ends = [1, 2, 3].map(|id| {
            example(id, "/v1/customers").encode(&mut bytes);
            bytes.len()
        });
        (bytes, ends)
    }

    fn ids(bytes: &[u8], limit: usize, more: bool) -> (Vec<u128>, Walked) {
        let mut ids = Vec::new();
        let walked = walk(bytes, limit, more, |record| ids.push(record.request_id));
        (ids, walked)
    }

    #[test]
    fn a_torn_last_record_waits_while_more_may_come_and_is_skipped_when_not() {
        let (bytes, ends) = three();
        let torn = &bytes[..ends[2] - 1];
        assert_eq!(
            ids(torn, 10, true),
            (vec![1, 2], Walked { consumed: ends[1], skipped: Vec::new() })
        );
        let (found, walked) = ids(torn, 10, false);
        assert_eq!(found.len(), 2);
        assert_eq!(walked, Walked { consumed: torn.len(), skipped: vec![(ends[1], torn.len())] });
    }

    #[test]
    fn a_damaged_record_costs_only_itself() {
        let (mut bytes, ends) = three();
        bytes[ends[0] + 20] ^= 1;
        let (found, walked) = ids(&bytes, 10, false);
        assert_eq!(found, [1, 3]);
        assert_eq!(walked.skipped, [(ends[0], ends[1])]);
    }

    #[test]
    fn a_limit_is_kept_and_the_rest_comes_next() {
        let (bytes, ends) = three();
        assert_eq!(ids(&bytes, 2, false).1.consumed, ends[1]);
        assert_eq!(ids(&bytes[ends[1]..], 2, false).0, [3]);
    }
}
