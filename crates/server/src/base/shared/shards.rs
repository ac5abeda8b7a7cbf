//! A sharded map with a lock per shard, several of which can be locked for a combined change.

use parking_lot::{Mutex, MutexGuard};
use rustc_hash::FxHashMap;

const SHARDS: usize = 64;

/// Values by the hash of their subject.
pub struct Shards<V>(Box<[Mutex<Shard<V>>]>);

struct Shard<V> {
    values: FxHashMap<u64, V>,
    /// The size from which expired values are dropped.
    sweep_at: usize,
}

impl<V> Shards<V> {
    /// Drops expired values when one of the shards has `sweep_at` values.
    pub fn new(sweep_at: usize) -> Self {
        Self(
            (0..SHARDS)
                .map(|_| Mutex::new(Shard { values: FxHashMap::default(), sweep_at }))
                .collect(),
        )
    }

    /// Locks the shards of all `ids`, each once and in a fixed order, so that two calls never
    /// deadlock.
    pub fn lock<const N: usize>(&self, ids: [u64; N]) -> Locked<'_, V, N> {
        let mut order = ids.map(shard);
        order.sort_unstable();
        let mut guards = [const { None }; N];
        for (i, shard) in order.iter().enumerate() {
            if i == 0 || order[i - 1] != *shard {
                guards[i] = Some((*shard, self.0[*shard].lock()));
            }
        }
        Locked { guards }
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().values.len()).sum()
    }
}

/// The upper bits, into which FxHash mixes.
const fn shard(id: u64) -> usize {
    (id >> 58) as usize % SHARDS
}

pub struct Locked<'a, V, const N: usize> {
    guards: [Option<(usize, MutexGuard<'a, Shard<V>>)>; N],
}

impl<V, const N: usize> Locked<'_, V, N> {
    pub fn get(&self, id: u64) -> Option<&V> {
        self.guards.iter().flatten().find(|(index, _)| *index == shard(id))?.1.values.get(&id)
    }

    pub fn get_mut(&mut self, id: u64) -> Option<&mut V> {
        self.shard(id)?.values.get_mut(&id)
    }

    /// Sets a value. If its shard has at least `sweep_at` values, those that need not be kept are
    /// dropped first.
    pub fn insert(&mut self, id: u64, value: V, sweep_at: usize, keep: impl Fn(&V) -> bool) {
        let Some(shard) = self.shard(id) else { return };
        if shard.values.len() >= shard.sweep_at {
            shard.values.retain(|_, value| keep(value));
            // If most are in use, check again only after as many more.
            shard.sweep_at = sweep_at.max(shard.values.len() * 2);
        }
        shard.values.insert(id, value);
    }

    fn shard(&mut self, id: u64) -> Option<&mut Shard<V>> {
        self.guards
            .iter_mut()
            .flatten()
            .find(|(index, _)| *index == shard(id))
            .map(|(_, guard)| &mut **guard)
    }
}
