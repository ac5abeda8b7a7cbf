//! ZIP archives: their files are read one by one, within bounds.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::files::{Files, MAX_BYTES};
use super::path;
use crate::spec::model::Fault;

/// Maximum number of files in an archive, also of those that no reference leads to.
const MAX_ENTRIES: usize = 5_000;
/// Maximum size of the files of an archive that are read, unpacked, in bytes. A file that is looked
/// at to find the root counts again when it is read.
pub const MAX_UNPACKED: usize = 2 * MAX_BYTES;

/// Whether the bytes are a ZIP archive.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

pub struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// The number of each file, by its path without `.` and `..`.
    index: HashMap<String, usize>,
    left: usize,
}

impl<'b> Archive<'b> {
    /// # Errors
    /// Fails if it is damaged, or has too many files.
    pub fn read(bytes: &'b [u8]) -> Result<Self, Fault> {
        let fault = |message: String| Fault::at("", message);
        // Counted before they are read. Each has a header with this signature.
        let headers = memchr::memmem::find_iter(bytes, b"PK\x01\x02").take(MAX_ENTRIES + 1).count();
        if headers > MAX_ENTRIES {
            return Err(fault(format!(
                "the archive has more than {MAX_ENTRIES} files; leave out all that the document \
                 does not need"
            )));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            fault(format!("the ZIP archive is damaged: {error}; create it again"))
        })?;
        let mut index = HashMap::new();
        for (number, name) in zip.file_names().enumerate() {
            // A path that leaves the archive is nowhere referred to.
            let name = name.replace('\\', "/");
            if let Some(path) = path::normalised(&name).filter(|_| !name.ends_with('/')) {
                index.entry(path).or_insert(number);
            }
        }
        Ok(Self { zip, index, left: MAX_UNPACKED })
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<String> {
        self.index.keys().cloned().collect()
    }
}

impl Files for Archive<'_> {
    fn load(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let number = self.index.get(path).ok_or("the archive does not contain it")?;
        let file = self.zip.by_index(*number).map_err(|error| {
            format!("it cannot be unpacked ({error}); compress it with Deflate")
        })?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(self.left).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("it is damaged ({error})"))?;
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(|| {
            format!("the files of the archive have more than {} MiB", MAX_UNPACKED >> 20)
        })?;
        Ok(bytes)
    }
}
