//! Records that cannot be applied are set aside in a separate file, so that they do not block
//! others. The file has the form of a segment. The next start turns it into one, so that the
//! records are applied again after the database has been repaired.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::segment;
use crate::private;

pub fn path(folder: &Path) -> PathBuf {
    folder.join("dead-letters")
}

/// Appends the bytes of records.
pub fn put(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path(folder);
    let mut file = private::open(OpenOptions::new().create(true).append(true), &path)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    File::open(folder)?.sync_all()
}

/// The records that were set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    pub calls: usize,
    /// Ends of streamed responses, whose calls are counted.
    pub ends: usize,
}

/// How many records are in the file.
pub fn count(folder: &Path) -> io::Result<Aside> {
    match fs::read(path(folder)) {
        Ok(bytes) => {
            let mut found = Aside::default();
            segment::walk(&bytes, usize::MAX, false, |record| {
                if record.is_end {
                    found.ends += 1;
                } else {
                    found.calls += 1;
                }
            });
            Ok(found)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Aside::default()),
        Err(error) => Err(error),
    }
}

/// Turns the file into the segment `number`. False if there is none.
pub fn bring_back(folder: &Path, number: u64) -> io::Result<bool> {
    match fs::rename(path(folder), segment::path(folder, number)) {
        Ok(()) => File::open(folder)?.sync_all().map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
