//! A bounded cache of database values, which never keeps a value that became outdated while it was
//! being read.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

pub struct ReadCache<K, V> {
    values: Cache<K, V>,
    /// Incremented by each [`forget`](Self::forget); a reader that sees a change stores nothing.
    epoch: AtomicU64,
}

/// Taken before reading from the database, and passed with the value.
#[derive(Clone, Copy)]
pub struct Epoch(u64);

impl<K: Hash + Eq + Clone, V: Clone> ReadCache<K, V> {
    /// Holds at most `capacity` values; the least used are evicted first.
    pub fn new(capacity: usize) -> Self {
        Self { values: Cache::new(capacity), epoch: AtomicU64::new(0) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.values.get(key)
    }

    pub fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// Stores `value`, which was read after `epoch` was taken, unless something was forgotten
    /// since.
    pub fn keep(&self, epoch: Epoch, key: K, value: V) {
        if self.epoch.load(Ordering::SeqCst) != epoch.0 {
            return;
        }
        self.values.insert(key.clone(), value);
        // A change between the check and the insertion found nothing to remove: check again.
        if self.epoch.load(Ordering::SeqCst) != epoch.0 {
            self.values.remove(&key);
        }
    }

    /// Call it after the change is committed and before the response.
    pub fn forget(&self, key: &K) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.values.remove(key);
    }

    /// Removes all values for which `is_outdated` returns true.
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
