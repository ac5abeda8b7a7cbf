//! What Redis is still to be told of counters: with the next call of the same organisation, or soon.
//!
//! Whatever this process knows was added, Redis knows too, or it waits here, or it is on its way. A seed that
//! read one of them before an addition moved on and another after it would tell Redis of it twice: so all of
//! them change under one lock.
//!
//! An addition belongs to the generation of the counter that Redis had when the call ended. Where Redis has
//! lost that one, the addition is void, and the seed that makes the next one must have it in its sum; where
//! it has not, the seed must leave out what is still to be added. Only Redis knows which: it is told both.
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
    /// All that is known to be in the counter, `added` and what is on its way with it.
    pub floor: Option<u64>,
    /// Of `floor`, what a counter of this generation has without `added` and what is on its way.
    pub base: u64,
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
    /// What was added to each counter, by its generation, and is on its way: it may come to Redis after a seed
    /// that was told later.
    sent: FxHashMap<(u64, u64), u64>,
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
            let of = (update.id, update.generation);
            if let Some(sent) = waiting.sent.get_mut(&of) {
                *sent = sent.saturating_sub(update.added);
                if *sent == 0 {
                    waiting.sent.remove(&of);
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
    /// `here` notes in this process what is to be told of, and gives the counter's generation as it is known then.
    pub fn settle(&self, org: &OrgId, settled: Settled, here: impl FnOnce() -> Option<u64>) {
        let mut waiting = self.0.lock();
        let generation = here().unwrap_or(settled.generation);
        waiting.update(org, settled.id, settled.period_end, |update| {
            if update.generation != generation {
                // What was added to a counter that is lost is lost with it.
                let added = if update.generation == 0 { update.added } else { 0 };
                *update = Update { generation, added, ..*update };
            }
            update.added = update.added.saturating_add(settled.added);
            update.floor = update.floor.map(|floor| floor.saturating_add(settled.added));
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

    /// `here` notes the seed in this process and gives the sum that is known then, and of which generation.
    pub fn seed(&self, org: &OrgId, counter: &Counter, fresh: u64, here: impl FnOnce() -> (u64, u64)) {
        let mut waiting = self.0.lock();
        let (settled, generation) = here();
        waiting.update(org, counter.id, counter.period_end, |update| {
            if update.added == 0 {
                update.generation = generation;
            }
            update.floor = Some(settled.max(update.floor.unwrap_or(0)));
            update.fresh = fresh;
        });
    }

    /// What waits for `org`, no longer to wait.
    pub fn take(&self, org: &OrgId) -> Sent<'_> {
        let mut waiting = self.0.lock();
        let Some(updates) = waiting.orgs.remove(org) else { return Sent::default() };
        waiting.count -= updates.len();
        let mut updates: Vec<Update> = updates.into_values().collect();
        for update in &mut updates {
            let on_its_way = |generation| waiting.sent.get(&(update.id, generation)).copied().unwrap_or(0);
            // Of no generation: whatever the counter is when it comes, it is added.
            let unbound = on_its_way(0);
            let bound = if update.generation == 0 { 0 } else { on_its_way(update.generation) };
            update.floor = update.floor.map(|floor| floor.saturating_sub(unbound));
            update.base = update.floor.unwrap_or(0).saturating_sub(bound).saturating_sub(update.added);
            if update.added > 0 {
                let sent = waiting.sent.entry((update.id, update.generation)).or_default();
                *sent = sent.saturating_add(update.added);
            }
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
            let mut update = Update { id, period_end, generation: 0, added: 0, floor: None, base: 0, fresh: 0, back: [(0, 0); 3] };
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
            pending.settle(&org(), settled(1, minute), || None);
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
        pending.settle(&org(), settled(1, 7), || None);
        pending.settle(&org(), settled(2, 7), || None);
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!((update.generation, update.added), (2, 2));
    }

    #[test]
    fn a_call_that_began_before_a_counter_was_lost_and_ends_after_it_is_added_to_the_successor() {
        let pending = Pending::default();
        pending.settle(&org(), settled(1, 7), || Some(2));
        pending.settle(&org(), settled(2, 7), || Some(2));
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!((update.generation, update.added), (2, 4));
    }

    #[test]
    fn a_seed_does_not_count_again_what_waits() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || None);
        pending.seed(&org(), &counter, 3, || (10, 0));
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || None);
        let [update] = pending.take(&org()).updates[..].try_into().unwrap();
        assert_eq!((update.floor, update.base, update.added, update.fresh), (Some(12), 8, 4, 3));
    }

    #[test]
    fn a_seed_counts_what_is_on_its_way_only_where_that_will_not_arrive() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(1, 7) }, || None);
        let sent = pending.take(&org());
        pending.seed(&org(), &counter, 3, || (10, 1));
        let seed = pending.take(&org()).updates[0];
        assert_eq!((seed.generation, seed.base, seed.floor), (1, 8, Some(10)));
        drop(sent);
        pending.seed(&org(), &counter, 3, || (10, 1));
        assert_eq!(pending.take(&org()).updates[0].base, 10);
    }

    #[test]
    fn a_seed_leaves_out_what_is_on_its_way_to_whatever_counter_there_is() {
        let pending = Pending::default();
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || None);
        let sent = pending.take(&org());
        pending.seed(&org(), &counter, 3, || (10, 5));
        let seed = pending.take(&org()).updates[0];
        assert_eq!((seed.base, seed.floor), (8, Some(8)));
        drop(sent);
    }

    /// As the script does it, for a Redis that loses the counter now and then.
    #[derive(Default)]
    struct Told(Option<(u64, u64)>);

    impl Told {
        fn update(&mut self, update: &Update) {
            let fits = |generation| update.generation == 0 || update.generation == generation;
            self.0 = match (self.0, update.floor) {
                (None, floor) => floor.map(|floor| (floor, update.fresh)),
                (Some((sum, generation)), floor) if fits(generation) => {
                    let base = floor.map_or(0, |_| update.base);
                    Some((sum.max(base) + update.added, generation))
                }
                (Some((sum, generation)), floor) => Some((sum.max(floor.unwrap_or(0)), generation)),
            };
        }
    }

    #[test]
    fn an_addition_is_told_once_however_many_seeds_come_between() {
        let (pending, counters) = (Pending::default(), Counters::default());
        let counter = Counter::new("quota", "subject", 0..1, None, 1);
        counters.seed(0, &counter, 0);
        let told = parking_lot::Mutex::new(Told::default());
        let fresh = std::sync::atomic::AtomicU64::new(1);
        let exchange = |loses| {
            let fresh = fresh.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            pending.seed(&org(), &counter, fresh, || counters.seed(0, &counter, 0));
            let sent = pending.take(&org());
            // Others may overtake it.
            std::thread::yield_now();
            let mut told = told.lock();
            if loses {
                told.0 = None;
            }
            sent.updates.iter().for_each(|update| told.update(update));
            if let Some((sum, generation)) = told.0 {
                counters.adopt(0, &counter, sum, generation, false);
            }
        };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (pending, counters, exchange) = (&pending, &counters, &exchange);
                scope.spawn(move || {
                    for turn in 0..5_000 {
                        let held = Held { id: counter.id, period_end: 1, amount: 0, generation: 0 };
                        pending.settle(&org(), Settled { id: counter.id, ..settled(0, 7) }, || counters.settle(held, 0, 2));
                        exchange(thread == 0 && turn % 10 == 9);
                    }
                });
            }
        });
        exchange(false);
        assert_eq!(told.lock().0.map(|(sum, _)| sum), Some(40_000));
    }
}
