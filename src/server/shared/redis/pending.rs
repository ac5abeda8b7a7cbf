//! What Redis is still to be told of counters: with the next call of the same organisation, or soon.
//!
//! Whatever this process knows was added, Redis knows too, or it waits here, or it is on its way. A seed that
//! read one of them before an addition moved on and another after it would tell Redis of it twice: so all of
//! them change under one lock.
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
    /// What was added to each counter and is on its way: it may come to Redis after a seed that was told later.
    sent: FxHashMap<u64, u64>,
}

/// What is on its way to Redis, until it is dropped: when Redis has answered or is given up.
#[derive(Default)]
pub struct Sent<'a> {
    pending: Option<&'a Pending>,
    pub updates: Vec<Update>,
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        let Some(pending) = self.pending else { return };
        let mut waiting = pending.0.lock();
        for update in &self.updates {
            if let Some(sent) = waiting.sent.get_mut(&update.id) {
                *sent = sent.saturating_sub(update.added);
                if *sent == 0 {
                    waiting.sent.remove(&update.id);
                }
            }
        }
    }
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
    /// `here` notes in this process what is to be told of.
    pub fn settle(&self, org: &OrgId, settled: Settled, here: impl FnOnce()) {
        let mut waiting = self.0.lock();
        here();
        waiting.update(org, settled.id, settled.period_end, |update| {
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

    /// `here` notes the seed in this process and gives the sum that is known then.
    pub fn seed(&self, org: &OrgId, counter: &Counter, fresh: u64, here: impl FnOnce() -> u64) {
        let mut waiting = self.0.lock();
        let settled = here().saturating_sub(waiting.sent.get(&counter.id).copied().unwrap_or(0));
        waiting.update(org, counter.id, counter.period_end, |update| {
            // What waits is in `settled` already.
            update.floor = Some(settled.saturating_sub(update.added).max(update.floor.unwrap_or(0)));
            update.fresh = fresh;
        });
    }

    /// What waits for `org`, no longer to wait.
    pub fn take(&self, org: &OrgId) -> Sent<'_> {
        let mut waiting = self.0.lock();
        let Some(updates) = waiting.orgs.remove(org) else { return Sent::default() };
        waiting.count -= updates.len();
        let updates: Vec<Update> = updates.into_values().collect();
        for update in updates.iter().filter(|update| update.added > 0) {
            let sent = waiting.sent.entry(update.id).or_default();
            *sent = sent.saturating_add(update.added);
        }
        Sent { pending: Some(self), updates }
    }

    /// Who has something that waits.
    pub fn orgs(&self) -> Vec<OrgId> {
        self.0.lock().orgs.keys().cloned().collect()
    }
}

impl Waiting {
    fn update(&mut self, org: &OrgId, id: u64, period_end: i64, change: impl FnOnce(&mut Update)) {
        let is_full = self.count >= MOST;
        if is_full && !self.orgs.contains_key(org) {
            return;
        }
        let updates = self.orgs.entry(org.clone()).or_default();
        if let Some(update) = updates.get_mut(&id) {
            change(update);
        } else if !is_full {
            let mut update = Update { id, period_end, generation: 0, added: 0, floor: None, fresh: 0, back: [(0, 0); 3] };
            change(&mut update);
            updates.insert(id, update);
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::shared::counters::{Counters, Held};

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
            pending.settle(&org(), settled(1, minute), || ());
        }
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!(update.added, 12);
        let mut back = update.back;
        back.sort_unstable();
        assert_eq!(back, [(8, 5), (9, 5), (10, 5)]);
        assert!(pending.take(&org()).updates.is_empty() && pending.orgs().is_empty());
    }

    #[test]
    fn what_was_added_to_a_counter_that_was_lost_is_not_added_to_its_successor() {
        let pending = Pending::default();
        pending.settle(&org(), settled(1, 7), || ());
        pending.settle(&org(), settled(2, 7), || ());
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!((update.generation, update.added), (2, 2));
    }

    #[test]
    fn a_seed_does_not_count_again_what_waits() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || ());
        pending.seed(&org(), &counter, 3, || 10);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || ());
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!((update.floor, update.added, update.fresh), (Some(8), 4, 3));
    }

    #[test]
    fn a_seed_does_not_count_again_what_is_on_its_way() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || ());
        let sent = pending.take(&org());
        pending.seed(&org(), &counter, 3, || 10);
        assert_eq!(pending.take(&org()).updates[0].floor, Some(8));
        drop(sent);
        pending.seed(&org(), &counter, 3, || 10);
        assert_eq!(pending.take(&org()).updates[0].floor, Some(10));
    }

    #[test]
    fn an_addition_is_told_once_however_many_seeds_come_between() {
        let (pending, counters) = (Pending::default(), Counters::default());
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        counters.seed(0, &counter, 0);
        let held = Held { id: counter.id, period_end: 1, amount: 0, generation: 0 };
        let told = parking_lot::Mutex::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || counters.settle(held, 0, 2));
                        pending.seed(&org(), &counter, 3, || counters.seed(0, &counter, 0));
                        // As the script does it.
                        let sent = pending.take(&org());
                        for update in &sent.updates {
                            let mut told = told.lock();
                            *told = update.floor.unwrap_or(0).max(*told) + update.added;
                        }
                    }
                });
            }
        });
        assert_eq!(*told.lock(), 40_000);
    }
}
