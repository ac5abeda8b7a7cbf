//! Objects that partners created in the sandbox. They are only kept in memory and bounded, because
//! they are for trials.
//!
//! All organisations share one bound. If it is reached, the organisation with the most data loses
//! its oldest objects. So an organisation with less than an equal share never loses objects because
//! of others.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use serde_json::Value;

use super::Seed;

/// Maximum size of all objects of all organisations as JSON, including the overhead of each.
const MAX_BYTES: usize = 256 << 20;
/// Size of an object in addition to its texts.
const OVERHEAD: usize = 256;
/// The share of its objects that an organisation loses at a time, because finding the organisation
/// searches all of them.
const LOSES: usize = 8;
/// Maximum number of objects of an organisation, including deleted ones. The oldest one is removed.
const MAX_OBJECTS: usize = 1_000;
/// Maximum size of all objects of an organisation as JSON.
const MAX_ORG_BYTES: usize = 1 << 20;
/// Maximum size of one object as JSON. A larger object is returned but not stored.
const MAX_OBJECT_BYTES: usize = 64 * 1024;

/// Organisation, product, and collection: its path with the values of its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf<'a> {
    pub org: &'a str,
    pub product: &'a str,
    pub collection: &'a str,
}

/// The state of an id.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Never,
    Deleted,
    Object(Value),
}

pub struct Store {
    orgs: Mutex<Orgs>,
    max_bytes: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self::holding(MAX_BYTES)
    }
}

#[derive(Default)]
struct Orgs {
    by_id: HashMap<String, Org>,
    /// The total size.
    bytes: usize,
}

#[derive(Default)]
struct Org {
    bytes: usize,
    /// Oldest first.
    entries: VecDeque<Entry>,
}

struct Entry {
    product: String,
    collection: String,
    id: String,
    /// JSON, or `None` if it was deleted.
    object: Option<Box<str>>,
    /// The call that created it.
    made_by: Option<Seed>,
}

impl Entry {
    fn is_on(&self, shelf: Shelf) -> bool {
        self.collection == shelf.collection && self.product == shelf.product
    }

    fn size(&self) -> usize {
        self.object.as_ref().map_or(0, |object| object.len())
            + self.product.len()
            + self.collection.len()
            + self.id.len()
    }
}

impl Store {
    /// A store for at most this many bytes.
    pub fn holding(max_bytes: usize) -> Self {
        Self { orgs: Mutex::default(), max_bytes }
    }

    pub fn get(&self, shelf: Shelf, id: &str) -> Known {
        self.with_org(shelf.org, |org| match org.find(shelf, id) {
            None => Known::Never,
            Some(Entry { object: None, .. }) => Known::Deleted,
            Some(Entry { object: Some(object), .. }) => {
                serde_json::from_str(object).map_or(Known::Never, Known::Object)
            }
        })
        .unwrap_or(Known::Never)
    }

    /// Newest first, without deleted objects.
    pub fn list(&self, shelf: Shelf) -> Vec<Value> {
        let read = |org: &Org| {
            let objects = org
                .entries
                .iter()
                .rev()
                .filter(|entry| entry.is_on(shelf))
                .filter_map(|entry| entry.object.as_deref());
            objects.filter_map(|object| serde_json::from_str(object).ok()).collect()
        };
        self.with_org(shelf.org, read).unwrap_or_default()
    }

    /// Whether an object that another call created has this id.
    pub fn is_taken(&self, shelf: Shelf, id: &str, by: Seed) -> bool {
        self.with_org(shelf.org, |org| {
            org.find(shelf, id)
                .is_some_and(|entry| entry.object.is_some() && entry.made_by != Some(by))
        })
        .unwrap_or(false)
    }

    pub fn put(&self, shelf: Shelf, id: &str, object: &Value, made_by: Option<Seed>) {
        let text = object.to_string();
        if text.len() <= MAX_OBJECT_BYTES {
            self.set(shelf, id, Some(text.into_boxed_str()), made_by);
        }
    }

    /// Records that it was deleted, even if the object was only a sample.
    pub fn delete(&self, shelf: Shelf, id: &str) {
        self.set(shelf, id, None, None);
    }

    fn set(&self, shelf: Shelf, id: &str, object: Option<Box<str>>, made_by: Option<Seed>) {
        let mut orgs = self.orgs.lock();
        let Orgs { by_id, bytes } = &mut *orgs;
        let org = by_id.entry(shelf.org.to_owned()).or_default();
        let before = org.footprint();
        org.set(shelf, id, object, made_by);
        *bytes = *bytes + org.footprint() - before;
        while *bytes > self.max_bytes {
            let Some((id, largest)) = by_id.iter_mut().max_by_key(|(_, org)| org.footprint())
            else {
                break;
            };
            let before = largest.footprint();
            largest.lose(before.div_ceil(LOSES));
            *bytes -= before - largest.footprint();
            if largest.entries.is_empty() {
                let id = id.clone();
                by_id.remove(&id);
            }
        }
    }

    fn with_org<T>(&self, org: &str, read: impl FnOnce(&Org) -> T) -> Option<T> {
        self.orgs.lock().by_id.get(org).map(read)
    }
}

impl Org {
    fn footprint(&self) -> usize {
        self.bytes + self.entries.len() * OVERHEAD
    }

    /// Removes the oldest objects, with a total size of at least this many bytes.
    fn lose(&mut self, bytes: usize) {
        let left = self.footprint().saturating_sub(bytes);
        while self.footprint() > left && self.forget_oldest() {}
    }

    /// Returns false if there is none.
    fn forget_oldest(&mut self) -> bool {
        let Some(oldest) = self.entries.pop_front() else { return false };
        self.bytes = self.bytes.saturating_sub(oldest.size());
        true
    }

    fn find(&self, shelf: Shelf, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id && entry.is_on(shelf))
    }

    fn set(&mut self, shelf: Shelf, id: &str, object: Option<Box<str>>, made_by: Option<Seed>) {
        let known = self.entries.iter_mut().find(|entry| entry.id == id && entry.is_on(shelf));
        if let Some(entry) = known {
            self.bytes = self.bytes.saturating_sub(entry.size());
            entry.object = object;
            entry.made_by = made_by.or(entry.made_by);
            self.bytes += entry.size();
        } else {
            let entry = Entry {
                product: shelf.product.to_owned(),
                collection: shelf.collection.to_owned(),
                id: id.to_owned(),
                object,
                made_by,
            };
            self.bytes += entry.size();
            self.entries.push_back(entry);
        }
        while (self.entries.len() > MAX_OBJECTS || self.bytes > MAX_ORG_BYTES)
            && self.forget_oldest()
        {}
    }
}
