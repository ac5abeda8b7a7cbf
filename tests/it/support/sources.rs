//! The source files of this project.

use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files of a folder, whose path begins at the top of the repository.
pub fn sources(folder: &str) -> Vec<PathBuf> {
    files(folder, "rs")
}

/// All TypeScript files of a folder, without those of its dependencies.
pub fn scripts(folder: &str) -> Vec<PathBuf> {
    files(folder, "ts")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut found);
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "node_modules") {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
}
