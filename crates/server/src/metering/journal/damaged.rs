//! Damaged parts of segments. They cannot be read as records, so each is copied to a file, which
//! stays until the operator removes it. Its name has the part's position, so that a repeated
//! attempt writes the same file.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::record::{self, HEADER};
use super::segment;
use super::stretch::Part;
use crate::private;

const ENDING: &str = "damaged";

/// The parts that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damaged {
    pub parts: usize,
    pub bytes: u64,
    /// How many of the parts are, by their headers, single ends of streamed responses, whose calls
    /// are counted.
    pub ends: usize,
}

pub fn path(folder: &Path, segment: u64, offset: u64) -> PathBuf {
    folder.join(format!("{segment:012}-{offset:012}.{ENDING}"))
}

/// Copies parts of a segment to files, one file per part.
pub fn keep(folder: &Path, segment: u64, parts: &[Part]) -> io::Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let mut source = File::open(segment::path(folder, segment))?;
    for part in parts {
        source.seek(SeekFrom::Start(part.offset))?;
        let mut kept = private::create(&path(folder, segment, part.offset))?;
        io::copy(&mut source.by_ref().take(part.bytes), &mut kept)?;
        kept.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

/// The parts that are kept in a folder.
pub fn find(folder: &Path) -> io::Result<Damaged> {
    let mut found = Damaged::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == ENDING) {
            found.parts += 1;
            found.bytes += entry.metadata()?.len();
            found.ends += usize::from(is_end(&entry.path())?);
        }
    }
    Ok(found)
}

/// Whether a kept part looks like one end of a streamed response.
fn is_end(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    file.take(HEADER as u64).read_to_end(&mut start)?;
    Ok(record::looks_like_end(&start, length))
}
