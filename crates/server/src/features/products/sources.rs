//! Documents from files: a single one, several in a folder, or a ZIP archive. Several become one
//! document.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use tollgate_openapi::spec::bundle::{
    Archive, Files, MAX_FILES, Root, bundle, find_root, is_archive, needs_files,
};
use tollgate_openapi::spec::{Fault, MAX_DOCUMENT, Spec};

use super::register::refused;
use crate::{Result, offload};

/// Maximum depth of folders in a folder of documents.
const MAX_FOLDERS: usize = 20;

/// The document in `bytes`: that of the files, if it is a ZIP archive, otherwise unchanged.
///
/// # Errors
/// `validation_failed` with every fault of the archive and its files.
pub async fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !is_archive(&bytes) {
        return Ok(bytes);
    }
    offload::DOCUMENTS.run(move || of_archive(&bytes)).await?.map_err(refused)
}

/// The document at `path` of this machine, for the command line, with the paths of the files that
/// it consists of: a file, with those below its folder that it refers to; a folder with one
/// document; or a ZIP archive.
///
/// # Errors
/// Fails if a file cannot be read; `validation_failed` with every fault of several files.
pub fn local(path: &Path) -> Result<(Vec<u8>, Vec<String>)> {
    let is_folder = path.is_dir();
    let folder = if is_folder { Some(path) } else { path.parent() };
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        folder.canonicalize().with_context(|| format!("cannot open {}", path.display()))?;
    let mut load = |file: &str| in_folder(&folder, file);
    let root = if is_folder {
        let mut paths = Vec::new();
        list(&folder, "", MAX_FOLDERS, &mut paths)?;
        find_root(paths.iter().map(String::as_str), &mut load)
            .map_err(|fault| refused(vec![fault]))?
    } else {
        let document = read(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if is_archive(&document) {
            return Ok((of_archive(&document).map_err(refused)?, vec![name]));
        }
        if !needs_files(&document) {
            return Ok((document, vec![name]));
        }
        name
    };
    joined(Root { path: &root, url: None }, &mut load).map_err(refused)
}

/// The document of several files, with their paths. If they cannot be joined, the root alone, if it
/// can be used with warnings: not every reference that looks like a file is one.
pub fn joined(root: Root, files: &mut dyn Files) -> Result<(Vec<u8>, Vec<String>), Vec<Fault>> {
    let faults = match bundle(root, files) {
        Ok(bundled) => {
            let paths = bundled.files().map(str::to_owned).collect();
            return Ok((bundled.into_document(), paths));
        }
        Err(faults) => faults,
    };
    let Ok(document) = files.load(root.path) else { return Err(faults) };
    match Spec::read(&document) {
        Ok(_) => Ok((document, vec![root.path.to_owned()])),
        Err(own) if own.iter().any(|fault| fault.pointer.ends_with("/$ref")) => Err(faults),
        // Such as a document of another kind, whose references do not matter.
        Err(own) => Err(own),
    }
}

fn of_archive(bytes: &[u8]) -> Result<Vec<u8>, Vec<Fault>> {
    let mut archive = Archive::read(bytes).map_err(|fault| vec![fault])?;
    let paths = archive.paths();
    let root = find_root(paths.iter().map(String::as_str), &mut archive);
    let root = root.map_err(|fault| vec![fault])?;
    joined(Root { path: &root, url: None }, &mut archive).map(|(document, _)| document)
}

/// One byte more than a document may have is enough to see that it is too large.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut document = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.take(MAX_DOCUMENT as u64 + 1)
        .read_to_end(&mut document)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(document)
}

/// A symbolic link must not lead out of the folder: the documents of others may be in it.
fn in_folder(folder: &Path, file: &str) -> Result<Vec<u8>, String> {
    let path = folder.join(file).canonicalize().map_err(|error| error.to_string())?;
    if !path.starts_with(folder) {
        return Err("it is a link that leads out of the folder".to_owned());
    }
    read(&path).map_err(|error| error.to_string())
}

/// The paths of the files in a folder, relative to it, at most [`MAX_FILES`] and one.
fn list(folder: &Path, prefix: &str, depth: usize, paths: &mut Vec<String>) -> Result<()> {
    let unreadable = || format!("cannot read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().with_context(unreadable)?;
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            list(&entry.path(), &format!("{name}/"), depth - 1, paths)?;
        } else if kind.is_file() {
            paths.push(name);
        }
        if paths.len() > MAX_FILES {
            break;
        }
    }
    Ok(())
}
