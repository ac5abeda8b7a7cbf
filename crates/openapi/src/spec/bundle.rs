//! Makes one document of several files: all references lead into it afterwards. The files come from
//! a callback, so that this module reads no disk or network.

mod archive;
mod containers;
mod external;
mod file;
mod files;
mod names;
mod path;
mod root;
mod visit;

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Value, json};
use url::Url;

use super::copies::Copies;
use super::model::Fault;
use super::read::MAX_VALUES;
use super::walk::{Kind, join};
use super::{check, swagger2};
use containers::Containers;
use file::File;
use files::Loaded;

pub use archive::{Archive, MAX_UNPACKED, is_archive};
pub use external::needs_files;
pub use files::{Files, MAX_BYTES, MAX_FILES};
pub use root::find_root;

/// The document that refers to the others.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// Its path in the folder that no reference may leave: `api/openapi.yaml`.
    pub path: &'a str,
    /// Its URL, if it was fetched. References with a URL below its folder are then files, too.
    pub url: Option<&'a str>,
}

/// One document.
#[derive(Debug)]
pub struct Bundled {
    document: Vec<u8>,
    files: Vec<File>,
    /// Pointers into the document, with file and pointer of their authors.
    places: HashMap<String, (usize, String)>,
    is_changed: bool,
}

impl Bundled {
    /// The document as JSON, or the bytes of the root file if it refers to no other file.
    pub fn document(&self) -> &[u8] {
        &self.document
    }

    pub fn into_document(self) -> Vec<u8> {
        self.document
    }

    /// The paths of all files that were read, the root first.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// Changes errors and warnings of [`document`](Self::document) to those of the files: with
    /// their pointers and lines, and their names in the messages.
    pub fn locate(&self, faults: &mut [Fault]) {
        if !self.is_changed {
            return;
        }
        let mut found: Vec<(usize, &mut Fault)> = Vec::new();
        for fault in faults {
            let (file, pointer) = self.place(&fault.pointer);
            (fault.pointer, fault.line) = (pointer, None);
            found.push((file, fault));
        }
        file::locate(&self.files, found);
    }

    fn place(&self, pointer: &str) -> (usize, String) {
        let mut start = pointer;
        loop {
            if let Some((file, written)) = self.places.get(start) {
                let rest = pointer.get(start.len()..).unwrap_or_default();
                return (*file, format!("{written}{rest}"));
            }
            match start.rfind('/') {
                Some(end) => start = start.get(..end).unwrap_or_default(),
                None => return (0, pointer.to_owned()),
            }
        }
    }
}

/// Reads the root and all files that it refers to. Targets of references become components; path
/// items and operations are written where they are used. A file is read once.
///
/// # Errors
/// What cannot be read or followed, with file, pointer and line; at most 100.
pub fn bundle(root: Root, files: &mut dyn Files) -> Result<Bundled, Vec<Fault>> {
    let url = root.url.and_then(|url| Url::parse(url).ok());
    let mut loaded = Loaded::new(files, url);
    let path = path::normalised(root.path).unwrap_or_else(|| root.path.to_owned());
    if let Err(error) = loaded.load(&path) {
        return Err(vec![error.placed("")]);
    }
    let Some(value) = loaded.value(0).cloned() else { return Err(Vec::new()) };
    let mut bundler = Bundler::new(loaded, &value);
    let value = bundler.run(value);
    bundler.finish(&value)
}

/// A part that becomes a component.
struct Part {
    file: usize,
    pointer: String,
    kind: Kind,
    /// The object that contains it, and its name there.
    section: String,
    name: String,
}

struct Bundler<'f> {
    loaded: Loaded<'f>,
    containers: Containers,
    is_swagger2: bool,
    copies: Copies,
    faults: Vec<(usize, Fault)>,
    names: names::Sections,
    /// The `$ref` of each part that has a name.
    parts: HashMap<(usize, String, Kind), String>,
    queue: VecDeque<Part>,
    places: HashMap<String, (usize, String)>,
    /// The path items, operations and media types that are being written out.
    open: Vec<(usize, String)>,
    is_changed: bool,
}

impl<'f> Bundler<'f> {
    fn new(loaded: Loaded<'f>, root: &Value) -> Self {
        Self {
            loaded,
            containers: Containers::default(),
            is_swagger2: swagger2::is_swagger2(root),
            copies: Copies::of(MAX_VALUES),
            faults: Vec::new(),
            names: names::Sections::default(),
            parts: HashMap::new(),
            queue: VecDeque::new(),
            places: HashMap::new(),
            open: Vec::new(),
            is_changed: false,
        }
    }

    fn run(&mut self, mut root: Value) -> Value {
        self.expand(&mut root);
        self.name_components(&mut root);
        self.visit(&mut root, Kind::Document, &visit::At::default());
        while let Some(part) = self.queue.pop_front() {
            let converted = join(&part.section, &part.name);
            let target = self.loaded.value(part.file).and_then(|file| file.pointer(&part.pointer));
            let Some(mut value) = target.map(|target| self.copies.copy(target)) else { continue };
            if self.copies.are_too_many() {
                break;
            }
            let at = visit::At { file: part.file, pointer: part.pointer, converted };
            self.places.insert(at.converted.clone(), (at.file, at.pointer.clone()));
            self.visit(&mut value, part.kind, &at);
            put(&mut root, &part.section, &part.name, value);
        }
        root
    }

    fn fault(&mut self, file: usize, pointer: &str, message: String) {
        if self.faults.len() < check::MAX_FAULTS {
            self.faults.push((file, Fault::at(pointer, message)));
        }
    }

    fn finish(self, root: &Value) -> Result<Bundled, Vec<Fault>> {
        let mut faults = self.faults;
        if self.copies.are_too_many() {
            let message = "the files repeat large parts too often; put the parts that are used \
                           many times under `components`";
            faults.push((0, Fault::at("", message)));
        }
        let files = self.loaded.into_files();
        if !faults.is_empty() {
            file::locate(&files, faults.iter_mut().map(|(file, fault)| (*file, fault)).collect());
            let mut seen = HashSet::new();
            let mut faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
            faults.retain(|fault| seen.insert((fault.pointer.clone(), fault.message.clone())));
            return Err(faults);
        }
        let document = match files.first().filter(|_| !self.is_changed) {
            Some(root) => root.bytes.clone(),
            None => root.to_string().into_bytes(),
        };
        Ok(Bundled { document, files, places: self.places, is_changed: self.is_changed })
    }
}

/// Puts a component into its section: `/components/schemas`.
fn put(root: &mut Value, section: &str, name: &str, value: Value) {
    let mut at = root;
    for key in section.split('/').skip(1) {
        let Value::Object(fields) = at else { return };
        at = fields.entry(key).or_insert_with(|| json!({}));
    }
    if let Value::Object(named) = at {
        named.insert(name.to_owned(), value);
    }
}
