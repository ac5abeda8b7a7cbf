//! What partners created in the sandbox. Kept in memory only, and bounded: it is for trying things out.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use serde_json::Value;

use super::Seed;

/// Organisations whose objects are kept; the one that was away longest goes.
const MAX_ORGS: usize = 200;
/// Objects kept for an organisation, deleted ones included; the oldest goes.
const MAX_OBJECTS: usize = 1_000;
/// All objects of an organisation, as JSON.
const MAX_ORG_BYTES: usize = 1 << 20;
/// One object, as JSON. A larger one is answered but not kept.
const MAX_OBJECT_BYTES: usize = 64 * 1024;

/// Whose objects, of which product, and in which collection: its path with the values of its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf<'a> {
    pub org: &'a str,
    pub product: &'a str,
    pub collection: &'a str,
}

/// What is known of an id.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    Never,
    Deleted,
    Object(Value),
}

#[derive(Default)]
pub struct Store {
    orgs: Mutex<Orgs>,
}

#[derive(Default)]
struct Orgs {
    by_id: HashMap<String, Org>,
    /// Counts uses, so that the least recent is known.
    uses: u64,
}

#[derive(Default)]
struct Org {
    used: u64,
    bytes: usize,
    /// Oldest first.
    entries: VecDeque<Entry>,
}

struct Entry {
    product: String,
    collection: String,
    id: String,
    /// JSON; none where it was deleted.
    object: Option<Box<str>>,
    /// The call that created it.
    made_by: Option<Seed>,
}

impl Entry {
    fn is_on(&self, shelf: Shelf) -> bool {
        self.collection == shelf.collection && self.product == shelf.product
    }

    fn size(&self) -> usize {
        self.object.as_ref().map_or(0, |object| object.len()) + self.product.len() + self.collection.len() + self.id.len()
    }
}

impl Store {
    pub fn get(&self, shelf: Shelf, id: &str) -> Known {
        self.with_org(shelf.org, |org| match org.find(shelf, id) {
            None => Known::Never,
            Some(Entry { object: None, .. }) => Known::Deleted,
            Some(Entry { object: Some(object), .. }) => serde_json::from_str(object).map_or(Known::Never, Known::Object),
        })
        .unwrap_or(Known::Never)
    }

    /// Newest first, without what was deleted.
    pub fn list(&self, shelf: Shelf) -> Vec<Value> {
        let read = |org: &mut Org| {
            let objects = org.entries.iter().rev().filter(|entry| entry.is_on(shelf)).filter_map(|entry| entry.object.as_deref());
            objects.filter_map(|object| serde_json::from_str(object).ok()).collect()
        };
        self.with_org(shelf.org, read).unwrap_or_default()
    }

    /// Whether an id is in use by an object that another call created.
    pub fn is_taken(&self, shelf: Shelf, id: &str, by: Seed) -> bool {
        self.with_org(shelf.org, |org| org.find(shelf, id).is_some_and(|entry| entry.object.is_some() && entry.made_by != Some(by)))
            .unwrap_or(false)
    }

    pub fn put(&self, shelf: Shelf, id: &str, object: &Value, made_by: Option<Seed>) {
        let text = object.to_string();
        if text.len() <= MAX_OBJECT_BYTES {
            self.set(shelf, id, Some(text.into_boxed_str()), made_by);
        }
    }

    /// Remembers that it is gone, also of an object that was only made up.
    pub fn delete(&self, shelf: Shelf, id: &str) {
        self.set(shelf, id, None, None);
    }

    fn set(&self, shelf: Shelf, id: &str, object: Option<Box<str>>, made_by: Option<Seed>) {
        let mut orgs = self.orgs.lock();
        orgs.make_room_for(shelf.org);
        orgs.uses += 1;
        let used = orgs.uses;
        let org = orgs.by_id.entry(shelf.org.to_owned()).or_default();
        org.used = used;
        org.set(shelf, id, object, made_by);
    }

    fn with_org<T>(&self, org: &str, read: impl FnOnce(&mut Org) -> T) -> Option<T> {
        let mut orgs = self.orgs.lock();
        orgs.uses += 1;
        let used = orgs.uses;
        let org = orgs.by_id.get_mut(org)?;
        org.used = used;
        Some(read(org))
    }
}

impl Orgs {
    fn make_room_for(&mut self, org: &str) {
        if self.by_id.len() < MAX_ORGS || self.by_id.contains_key(org) {
            return;
        }
        if let Some(longest_away) = self.by_id.iter().min_by_key(|(_, org)| org.used).map(|(id, _)| id.clone()) {
            self.by_id.remove(&longest_away);
        }
    }
}

impl Org {
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
            let entry =
                Entry { product: shelf.product.to_owned(), collection: shelf.collection.to_owned(), id: id.to_owned(), object, made_by };
            self.bytes += entry.size();
            self.entries.push_back(entry);
        }
        while self.entries.len() > MAX_OBJECTS || self.bytes > MAX_ORG_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }
}
