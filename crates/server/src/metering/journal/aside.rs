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

/// How many records are in it.
pub fn count(folder: &Path) -> io::Result<usize> {
    match fs::read(path(folder)) {
        Ok(bytes) => {
            let mut count = 0;
            segment::walk(&bytes, usize::MAX, false, |_| count += 1);
            Ok(count)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
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
