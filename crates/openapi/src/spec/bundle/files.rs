//! Reads each file once, within bounds.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use super::file::File;
use super::path;
use crate::spec::model::{Fault, pointer_of};
use crate::spec::read::{MAX_DOCUMENT, Source};

/// Maximum number of files of one document.
pub const MAX_FILES: usize = 500;
/// Maximum size of all files of a document in bytes.
pub const MAX_BYTES: usize = MAX_DOCUMENT;

/// Where files come from: a folder, an archive or a server.
pub trait Files {
    /// The bytes of a file. `path` is relative to the folder of all files, with `/` between its
    /// steps, and has no step `.` or `..`. In a folder, the file may still be a symbolic link that
    /// leads out of it, which must not be followed.
    ///
    /// # Errors
    /// Why the file cannot be read, as a clause that follows "cannot be read: ".
    fn load(&mut self, path: &str) -> Result<Vec<u8>, String>;
}

impl<F: FnMut(&str) -> Result<Vec<u8>, String>> Files for F {
    fn load(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self(path)
    }
}

/// The files that were read.
pub struct Loaded<'f> {
    source: &'f mut dyn Files,
    url: Option<Url>,
    files: Vec<File>,
    /// By path; `None` for files that cannot be read.
    index: HashMap<String, Option<usize>>,
    bytes_left: usize,
}

/// Why a reference cannot be followed.
pub enum Problem {
    /// An error in the file that it leads to.
    InFile(Fault),
    /// An error of the reference, and what to do.
    OfReference(String),
}

impl Problem {
    /// The error, for a reference at `pointer`.
    pub fn placed(self, pointer: &str) -> Fault {
        match self {
            Self::InFile(fault) => fault,
            Self::OfReference(message) => Fault::at(pointer, message),
        }
    }
}

impl<'f> Loaded<'f> {
    pub fn new(source: &'f mut dyn Files, url: Option<Url>) -> Self {
        Self { source, url, files: Vec::new(), index: HashMap::new(), bytes_left: MAX_BYTES }
    }

    pub fn value(&self, file: usize) -> Option<&Value> {
        self.files.get(file).map(|file| &file.value)
    }

    pub fn path(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |file| file.path.as_str())
    }

    pub fn into_files(self) -> Vec<File> {
        self.files
    }

    pub fn load(&mut self, path: &str) -> Result<usize, Problem> {
        if let Some(known) = self.index.get(path) {
            return known.ok_or_else(|| Problem::OfReference(format!("`{path}` cannot be read")));
        }
        if self.index.len() >= MAX_FILES {
            return Err(Problem::OfReference(format!(
                "the document consists of more than {MAX_FILES} files"
            )));
        }
        self.index.insert(path.to_owned(), None);
        let bytes = self
            .source
            .load(path)
            .map_err(|error| Problem::OfReference(format!("`{path}` cannot be read: {error}")))?;
        self.bytes_left = self.bytes_left.checked_sub(bytes.len()).ok_or_else(|| {
            Problem::OfReference(format!(
                "the files of the document have more than {} MiB",
                MAX_BYTES >> 20
            ))
        })?;
        let value = Source::read(&bytes).map(|source| source.value).map_err(|fault| {
            Problem::InFile(Fault { message: format!("`{path}`: {}", fault.message), ..fault })
        })?;
        let number = self.files.len();
        self.files.push(File { path: path.to_owned(), bytes, value });
        self.index.insert(path.to_owned(), Some(number));
        Ok(number)
    }

    /// The file and pointer that a reference in `file` leads to.
    ///
    /// # Errors
    /// Why it cannot be followed, and what to do.
    pub fn follow(&mut self, file: usize, reference: &str) -> Result<(usize, String), Problem> {
        let shown: String = reference.chars().take(200).collect();
        let (location, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let pointer = pointer_of(&format!("#{fragment}")).ok_or_else(|| {
            Problem::OfReference(format!("`{shown}` is not percent-encoded correctly"))
        })?;
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(Problem::OfReference(format!(
                "`{shown}` names an anchor, which is not supported; refer to a location: `#/…`"
            )));
        }
        if location.is_empty() {
            return Ok((file, pointer));
        }
        let own = self.value(0).and_then(|root| root.get("$self")).and_then(Value::as_str);
        if own == Some(location) {
            return Ok((0, pointer));
        }
        let path = path::resolve(self.path(file), location, self.url.as_ref())
            .map_err(|problem| Problem::OfReference(format!("`{shown}` {problem}")))?;
        let target = self.load(&path)?;
        if self.value(target).and_then(|value| value.pointer(&pointer)).is_none() {
            return Err(Problem::OfReference(format!(
                "`{shown}` does not exist: the file has no `{pointer}`; fix the name"
            )));
        }
        Ok((target, pointer))
    }
}
