//! A bounded cache of what was read from the database, which never keeps a value that was
//! outdated while it was being read.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

pub struct ReadCache<K, V> {
    values: Cache<K, V>,
    /// Moves with each [`forget`](Self::forget); a reader that saw it move keeps nothing.
    epoch: AtomicU64,
}

/// Taken before reading from the database, given back with what was read.
#[derive(Clone, Copy)]
pub struct Epoch(u64);

impl<K: Hash + Eq + Clone, V: Clone> ReadCache<K, V> {
    /// Holds at most `capacity` values; those used least go first.
    pub fn new(capacity: usize) -> Self {
        Self { values: Cache::new(capacity), epoch: AtomicU64::new(0) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.values.get(key)
    }

    pub fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// Keeps `value`, which was read after `epoch` was taken, unless something was forgotten since.
    pub fn keep(&self, epoch: Epoch, key: K, value: V) {
        if self.epoch.load(Ordering::SeqCst) != epoch.0 {
            return;
        }
        self.values.insert(key.clone(), value);
        // A change between the check and the insertion found nothing to remove: look again.
        if self.epoch.load(Ordering::SeqCst) != epoch.0 {
            self.values.remove(&key);
        }
    }

    /// To be called after the change is committed and before it is answered.
    pub fn forget(&self, key: &K) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.values.remove(key);
    }

    /// Forgets every value that `is_outdated` says so of.
    pub fn forget_if(&self, is_outdated: impl Fn(&V) -> bool) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.values.retain(|_, value| !is_outdated(value));
    }

    pub fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_changed_while_it_was_read_is_not_kept() {
        let cache = ReadCache::new(10);
        let epoch = cache.epoch();
        cache.forget(&"key");
        cache.keep(epoch, "key", "old");
        assert_eq!(cache.get(&"key"), None);
        cache.keep(cache.epoch(), "key", "new");
        assert_eq!(cache.get(&"key"), Some("new"));
    }
}
