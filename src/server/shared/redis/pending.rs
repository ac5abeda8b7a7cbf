//! What Redis is still to be told of counters: with the next call of the same organisation, or soon.
//!
//! Each update is sent once, whether Redis answers or not: an addition that is repeated would count twice
//! and nothing would mend it, while one that is lost is mended by the next seed.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::server::shared::counters::Counter;
use crate::types::id::OrgId;

/// Counters that may wait while Redis is away. What does not fit is lost to Redis until the next seed.
const MOST: usize = 100_000;

/// What is to be told of one counter.
#[derive(Clone, Copy)]
pub struct Update {
    pub id: u64,
    pub period_end: i64,
    /// The generation that `added` belongs to: not added to another. 0 fits all.
    pub generation: u64,
    pub added: u64,
    /// Before `added`, the counter was at least this.
    pub floor: Option<u64>,
    /// The generation it gets if Redis does not know it.
    pub fresh: u64,
    /// What is no longer reserved, by the minute in which it was. More minutes are not kept: Redis forgets
    /// them by itself.
    pub back: [(i64, u64); 3],
}

#[derive(Default)]
pub struct Pending(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    orgs: FxHashMap<OrgId, FxHashMap<u64, Update>>,
    count: usize,
}

/// A reservation that ended.
#[derive(Clone, Copy)]
pub struct Settled {
    pub id: u64,
    pub period_end: i64,
    pub generation: u64,
    pub added: u64,
    pub minute: i64,
    pub reserved: u64,
}

impl Pending {
    pub fn settle(&self, org: &OrgId, settled: Settled) {
        self.update(org, settled.id, settled.period_end, |update| {
            // What was added to a counter that is lost is lost with it.
            if update.generation != settled.generation && update.floor.is_none() {
                *update = Update { generation: settled.generation, added: 0, ..*update };
            }
            update.added = update.added.saturating_add(settled.added);
            let slot = match update.back.iter().position(|(minute, _)| *minute == settled.minute) {
                Some(slot) => slot,
                None => (0..update.back.len()).min_by_key(|slot| update.back[*slot].0).unwrap_or(0),
            };
            let (minute, back) = &mut update.back[slot];
            if *minute < settled.minute {
                (*minute, *back) = (settled.minute, 0);
            }
            if *minute == settled.minute {
                *back = back.saturating_add(settled.reserved);
            }
        });
    }

    pub fn seed(&self, org: &OrgId, counter: &Counter, settled: u64, fresh: u64) {
        self.update(org, counter.id, counter.period_end, |update| {
            // What waits is in `settled` already.
            update.floor = Some(settled.saturating_sub(update.added).max(update.floor.unwrap_or(0)));
            update.fresh = fresh;
        });
    }

    /// What waits for `org`, no longer to wait.
    pub fn take(&self, org: &OrgId) -> Vec<Update> {
        let mut waiting = self.0.lock();
        if waiting.count == 0 {
            return Vec::new();
        }
        let updates = waiting.orgs.remove(org).unwrap_or_default();
        waiting.count -= updates.len();
        updates.into_values().collect()
    }

    /// Who has something that waits.
    pub fn orgs(&self) -> Vec<OrgId> {
        self.0.lock().orgs.keys().cloned().collect()
    }

    fn update(&self, org: &OrgId, id: u64, period_end: i64, change: impl FnOnce(&mut Update)) {
        let mut waiting = self.0.lock();
        let is_full = waiting.count >= MOST;
        if is_full && !waiting.orgs.contains_key(org) {
            return;
        }
        let updates = waiting.orgs.entry(org.clone()).or_default();
        if let Some(update) = updates.get_mut(&id) {
            change(update);
        } else if !is_full {
            let mut update = Update { id, period_end, generation: 0, added: 0, floor: None, fresh: 0, back: [(0, 0); 3] };
            change(&mut update);
            updates.insert(id, update);
            waiting.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org() -> OrgId {
        "org_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap()
    }

    fn settled(generation: u64, minute: i64) -> Settled {
        Settled { id: 1, period_end: 0, generation, added: 2, minute, reserved: 5 }
    }

    #[test]
    fn updates_of_a_counter_are_summed_and_told_once() {
        let pending = Pending::default();
        for minute in [7, 7, 8, 9, 10, 6] {
            pending.settle(&org(), settled(1, minute));
        }
        let [update] = pending.take(&org()).try_into().ok().unwrap();
        assert_eq!(update.added, 12);
        let mut back = update.back;
        back.sort_unstable();
        assert_eq!(back, [(8, 5), (9, 5), (10, 5)]);
        assert!(pending.take(&org()).is_empty() && pending.orgs().is_empty());
    }

    #[test]
    fn what_was_added_to_a_counter_that_was_lost_is_not_added_to_its_successor() {
        let pending = Pending::default();
        pending.settle(&org(), settled(1, 7));
        pending.settle(&org(), settled(2, 7));
        let [update] = pending.take(&org()).try_into().ok().unwrap();
        assert_eq!((update.generation, update.added), (2, 2));
    }

    #[test]
    fn a_seed_does_not_count_again_what_waits() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) });
        pending.seed(&org(), &counter, 10, 3);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) });
        let [update] = pending.take(&org()).try_into().ok().unwrap();
        assert_eq!((update.floor, update.added, update.fresh), (Some(8), 4, 3));
    }
}
