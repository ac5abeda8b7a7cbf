//! Client packages made from a document: plain JavaScript with types, and Python. Neither needs anything but its language,
//! so that installing one downloads nothing else. What a document says gets into their programs only as literals,
//! comments and checked names.

mod calls;
mod names;
mod python;
mod typescript;

use std::io::Write;

use flate2::{Compression, GzBuilder};

pub use python::python;
pub use typescript::typescript;

pub struct ClientInfo {
    /// `pets`: the package is `pets-client`.
    pub product_id: String,
    /// Where the product is called.
    pub base_url: String,
    /// As the document writes it; its first three numbers become the package's version.
    pub version: String,
}

/// A path within the archive, and what stands there.
pub type File = (String, String);

impl ClientInfo {
    fn package(&self) -> String {
        format!("{}-client", names::joined(&self.product_id, "-", "api"))
    }

    fn module(&self) -> String {
        format!("{}_client", names::joined(&self.product_id, "_", "api"))
    }

    /// Both npm and Python know `1.2.3`, and little else in common.
    fn number(&self) -> String {
        let mut numbers = self.version.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty());
        // Longer ones are dates with time, or worse; npm reads no more than 2^53.
        let mut next = || numbers.next().and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
        format!("{}.{}.{}", next(), next(), next())
    }
}

/// `.tar.gz`, the same bytes for the same files.
///
/// # Errors
/// A path that tar cannot hold.
pub fn archive(files: &[File]) -> std::io::Result<Vec<u8>> {
    // No time, no name, no operating system.
    let zip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(zip);
    for (path, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        // npm and zip have no time before 1980.
        header.set_mtime(315_532_800);
        tar.append_data(&mut header, path, contents.as_bytes())?;
    }
    let mut zip = tar.into_inner()?;
    zip.flush()?;
    zip.finish()
}

#[cfg(test)]
mod tests;
