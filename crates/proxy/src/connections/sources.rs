//! What each source address has open: connections, or requests that a proxy forwards for it.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

use crate::network::network;

/// Requests behind a proxy are counted individually, so callers must rarely meet at a lock.
const SHARDS: usize = 32;

/// Counts by source. Only sources with something open have an entry, so the limit of connections
/// bounds the map.
#[derive(Default)]
pub struct Sources([Mutex<HashMap<IpAddr, u32>>; SHARDS]);

/// One connection or request of a source, until it is dropped.
pub struct Held {
    sources: Arc<Sources>,
    source: IpAddr,
}

impl Sources {
    /// Counts one more for the source of `ip`, unless it already has `most`. An IPv6 source is a
    /// /64 network.
    pub fn acquire(self: &Arc<Self>, ip: IpAddr, most: u32) -> Option<Held> {
        let source = network(ip);
        let mut counts = self.shard(source).lock();
        let count = counts.entry(source).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { sources: Arc::clone(self), source })
    }

    fn shard(&self, source: IpAddr) -> &Mutex<HashMap<IpAddr, u32>> {
        let hash = FxBuildHasher.hash_one(source);
        &self.0[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counts = self.sources.shard(self.source).lock();
        if let Some(count) = counts.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_source_has_at_most_its_share_and_gets_it_back() {
        let sources = Arc::new(Sources::default());
        let held: Vec<_> = (0..3).map(|_| sources.acquire(ip("203.0.113.1"), 3).unwrap()).collect();
        assert!(sources.acquire(ip("203.0.113.1"), 3).is_none());
        assert!(
            sources.acquire(ip("203.0.113.2"), 3).is_some(),
            "another source has a share of its own"
        );
        drop(held);
        assert!(sources.acquire(ip("203.0.113.1"), 3).is_some());
        assert!(
            sources.0.iter().all(|shard| shard.lock().is_empty()),
            "nothing is kept of a source that is gone"
        );
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_its_ipv4_address() {
        let sources = Arc::new(Sources::default());
        let _held = sources.acquire(ip("2001:db8::1"), 1).unwrap();
        assert!(sources.acquire(ip("2001:db8::ffff:1"), 1).is_none());
        let _held = sources.acquire(ip("203.0.113.1"), 1).unwrap();
        assert!(sources.acquire(ip("::ffff:203.0.113.1"), 1).is_none());
    }
}
