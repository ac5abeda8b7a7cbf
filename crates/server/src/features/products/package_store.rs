//! Client packages in the data folder, so that each is generated once for a version of a document,
//! and a restart does not generate all of them again.

use std::cmp::Reverse;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::private;

/// Maximum size of all stored packages, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Maximum number of stored packages.
const MAX_FILES: usize = 1000;

/// What a package is generated from. Equal sources give equal packages.
pub struct PackageSource<'a> {
    pub product_id: &'a str,
    /// As written in the document.
    pub version: &'a str,
    pub base_url: &'a str,
    pub document: &'a Value,
    pub language: &'a str,
    /// Changes with the programs that generate packages.
    pub generation: u32,
}

impl PackageSource<'_> {
    /// The name of the file: a digest (SHA-256) of everything that the package depends on.
    ///
    /// # Errors
    /// The document cannot be written as JSON.
    fn name(&self) -> io::Result<String> {
        let mut digest = DigestWriter(Sha256::new());
        let generation = self.generation.to_string();
        for part in
            [self.product_id, self.version, self.base_url, self.language, generation.as_str()]
        {
            // With its length, because a part may contain the next one.
            write!(digest, "{}:{part}", part.len())?;
        }
        serde_json::to_writer(&mut digest, self.document)?;
        let bytes = digest.0.finalize();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{hex}.tar.gz"))
    }
}

struct DigestWriter(Sha256);

impl Write for DigestWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct PackageStore {
    folder: PathBuf,
    max_bytes: u64,
    /// Makes the names of files that are being written unique.
    written: AtomicU64,
}

impl PackageStore {
    pub fn new(data_dir: &Path) -> Self {
        Self {
            folder: data_dir.join("client-packages"),
            max_bytes: MAX_BYTES,
            written: AtomicU64::new(0),
        }
    }

    /// The stored package, or the one that `make` generates, which is stored. A package that cannot
    /// be stored is logged and generated again the next time. Blocks: call it on a thread for
    /// computations.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn package<E>(
        &self,
        source: &PackageSource,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let path = source.name().map(|name| self.folder.join(name));
        if let Ok(path) = &path
            && let Ok(known) = fs::read(path)
        {
            return Ok(known);
        }
        let package = make()?;
        if let Err(cause) = path.and_then(|path| self.store(&path, &package)) {
            tracing::warn!(
                %cause,
                folder = %self.folder.display(),
                "cannot store a client package; it is generated again when it is next requested"
            );
        }
        Ok(package)
    }

    /// A reader finds the whole file or none, also after a crash.
    fn store(&self, path: &Path, package: &[u8]) -> io::Result<()> {
        private::create_folder(&self.folder)?;
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let partial = path.with_extension(format!("{number}.part"));
        let written = private::create(&partial).and_then(|mut file| {
            file.write_all(package)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| fs::rename(&partial, path)) {
            _ = fs::remove_file(&partial);
            return Err(error);
        }
        self.evict()
    }

    /// Removes the oldest files beyond the limits.
    fn evict(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another thread may have removed it.
            let Ok(metadata) = entry.metadata() else { continue };
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
        files.sort_unstable_by_key(|(modified, ..)| Reverse(*modified));
        let mut total = 0;
        for (place, (_, size, path)) in files.iter().enumerate() {
            total += size;
            if place >= MAX_FILES || total > self.max_bytes {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::*;

    fn source<'a>(language: &'a str, document: &'a Value) -> PackageSource<'a> {
        PackageSource {
            product_id: "pets",
            version: "1",
            base_url: "https://x.test/pets",
            document,
            language,
            generation: 1,
        }
    }

    /// What the store returns, and whether it generated it.
    fn package(store: &PackageStore, source: &PackageSource, content: &str) -> (Vec<u8>, bool) {
        let mut is_made = false;
        let made = store.package(source, || {
            is_made = true;
            Ok::<_, Infallible>(content.as_bytes().to_vec())
        });
        (made.unwrap(), is_made)
    }

    #[test]
    fn a_package_is_generated_once_for_each_source_even_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let document = json!({ "info": { "title": "Pets" } });
        let first = PackageStore::new(folder.path());
        assert_eq!(package(&first, &source("python", &document), "a"), (b"a".to_vec(), true));
        assert_eq!(package(&first, &source("python", &document), "b"), (b"a".to_vec(), false));
        let restarted = PackageStore::new(folder.path());
        assert_eq!(package(&restarted, &source("python", &document), "b"), (b"a".to_vec(), false));
        let others = [
            source("typescript", &document),
            PackageSource { version: "2", ..source("python", &document) },
            PackageSource { generation: 2, ..source("python", &document) },
            PackageSource { base_url: "https://y.test", ..source("python", &document) },
        ];
        for other in &others {
            assert_eq!(package(&restarted, other, "c"), (b"c".to_vec(), true));
        }
        let changed = json!({ "info": { "title": "Cats" } });
        assert_eq!(package(&restarted, &source("python", &changed), "d"), (b"d".to_vec(), true));
    }

    #[test]
    fn the_oldest_packages_are_removed_beyond_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let store = PackageStore { max_bytes: 10, ..PackageStore::new(folder.path()) };
        let documents: Vec<Value> = (0..20).map(|number| json!(number)).collect();
        for document in &documents {
            package(&store, &source("python", document), "1234");
        }
        let left = fs::read_dir(folder.path().join("client-packages")).unwrap().count();
        assert_eq!(left, 2);
    }

    #[test]
    fn a_package_that_cannot_be_stored_is_returned_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let document = json!({});
        let store = PackageStore::new(&file);
        assert_eq!(package(&store, &source("python", &document), "a"), (b"a".to_vec(), true));
    }
}
