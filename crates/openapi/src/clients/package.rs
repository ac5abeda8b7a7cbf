//! What the packages of all languages have in common: their name, version and files.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::bounds::{MAX_BYTES, TooLarge};
use super::names;

pub struct ClientInfo {
    /// `pets`: the package is called `pets-client`.
    pub product_id: String,
    /// Base URL of the product.
    pub base_url: String,
    /// As written in the document. Its first three numbers become the package's version.
    pub version: String,
}

/// A path in the archive, and the content of the file.
pub type File = (String, String);

/// The files with their folder, if their total size is within the limit.
pub fn packed<const N: usize>(
    root: &str,
    files: [(String, String); N],
) -> Result<Vec<File>, TooLarge> {
    if files.iter().map(|(_, contents)| contents.len()).sum::<usize>() > MAX_BYTES {
        return Err(TooLarge);
    }
    Ok(files.into_iter().map(|(path, contents)| (format!("{root}/{path}"), contents)).collect())
}

impl ClientInfo {
    pub(super) fn package(&self) -> String {
        format!("{}-client", names::joined(&self.product_id, "-", "api"))
    }

    pub(super) fn module(&self) -> String {
        format!("{}_client", names::joined(&self.product_id, "_", "api"))
    }

    /// npm and Python both accept `1.2.3`, and have few other forms in common.
    pub(super) fn number(&self) -> String {
        let mut numbers = self
            .version
            .split(|character: char| !character.is_ascii_digit())
            .filter(|digits| !digits.is_empty());
        // Longer numbers are usually dates with a time; npm reads at most 2^53.
        let mut next = || numbers.next().and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
        format!("{}.{}.{}", next(), next(), next())
    }
}

/// Packs files as `.tar.gz`. The same files always give the same bytes.
///
/// # Errors
/// Fails if tar cannot store a path.
pub fn archive(files: &[File]) -> std::io::Result<Vec<u8>> {
    // Without a time, user name or operating system.
    let zip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(zip);
    for (path, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        // npm and zip cannot store times before 1980.
        header.set_mtime(315_532_800);
        tar.append_data(&mut header, path, contents.as_bytes())?;
    }
    let mut zip = tar.into_inner()?;
    zip.flush()?;
    zip.finish()
}
