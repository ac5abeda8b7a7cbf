//! Pending counter updates for Redis: sent with the next call of the same organisation, or soon.
//!
//! Each update is sent once, whether Redis responds or not. It has this instance's whole component,
//! so the next one, or an update from the applier, replaces a lost one; a late or repeated one does
//! no harm.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tollgate_types::id::OrgId;

use crate::shared::counters::{Counter, Held};

/// Counters that may wait while Redis is unavailable. For further ones, Redis waits for the next
/// update of the counter.
const MOST: usize = 100_000;

/// The pending update of one counter.
#[derive(Clone, Debug)]
pub struct Update {
    pub id: u64,
    pub period_end: i64,
    /// This instance's component.
    pub own: u64,
    /// The components of others, by journal: seeds the counter.
    pub others: Option<Vec<(String, u64)>>,
    /// Ended reservations, by the minute in which they were made. Older minutes are not kept: they
    /// expire in Redis.
    pub back: [(i64, u64); 3],
}

#[derive(Default)]
pub struct Pending(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    orgs: FxHashMap<OrgId, FxHashMap<u64, Update>>,
    count: usize,
}

impl Pending {
    /// A reservation made in `minute` has ended, and this instance's component is `own`.
    pub fn finalise(&self, org: &OrgId, held: Held, minute: i64, own: u64) {
        self.0.lock().update(org, held.id, held.period_end, |update| {
            update.own = update.own.max(own);
            let slot = match update.back.iter().position(|(of, _)| *of == minute) {
                Some(slot) => slot,
                None => (0..update.back.len()).min_by_key(|slot| update.back[*slot].0).unwrap_or(0),
            };
            let (of, back) = &mut update.back[slot];
            if *of < minute {
                (*of, *back) = (minute, 0);
            }
            if *of == minute {
                *back = back.saturating_add(held.amount);
            }
        });
    }

    /// This instance's component is `own`; with the components of others, the counter is seeded.
    pub fn report(
        &self,
        org: &OrgId,
        counter: &Counter,
        own: u64,
        others: Option<&[(String, u64)]>,
    ) {
        self.0.lock().update(org, counter.id, counter.period_end, |update| {
            update.own = update.own.max(own);
            let Some(others) = others else { return };
            let known = update.others.get_or_insert_default();
            for (journal, part) in others {
                match known.iter_mut().find(|(of, _)| of == journal) {
                    Some((_, known)) => *known = (*part).max(*known),
                    None => known.push((journal.clone(), *part)),
                }
            }
        });
    }

    /// Removes and returns the pending updates of `org`.
    pub fn take(&self, org: &OrgId) -> Vec<Update> {
        let mut waiting = self.0.lock();
        let Some(updates) = waiting.orgs.remove(org) else { return Vec::new() };
        waiting.count -= updates.len();
        updates.into_values().collect()
    }

    /// The organisations with pending updates.
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
            let mut update = Update { id, period_end, own: 0, others: None, back: [(0, 0); 3] };
            change(&mut update);
            updates.insert(id, update);
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org() -> OrgId {
        "org_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap()
    }

    #[test]
    fn updates_of_a_counter_are_sent_once_with_the_largest_sum() {
        let pending = Pending::default();
        for (minute, own) in [(7, 2), (7, 6), (8, 4), (9, 8), (10, 12), (6, 10)] {
            pending.finalise(&org(), Held { id: 1, period_end: 0, amount: 5 }, minute, own);
        }
        let [update] = pending.take(&org()).try_into().unwrap();
        assert_eq!(update.own, 12);
        let mut back = update.back;
        back.sort_unstable();
        assert_eq!(back, [(8, 5), (9, 5), (10, 5)]);
        assert!(pending.take(&org()).is_empty() && pending.orgs().is_empty());
    }

    #[test]
    fn what_makes_a_counter_known_goes_with_what_was_added_meanwhile_and_never_falls() {
        let (pending, counter) =
            (Pending::default(), Counter::new("quota", "subject", 0..1, None, 1));
        let parts = |of: &[(&str, u64)]| {
            of.iter().map(|(of, part)| ((*of).to_owned(), *part)).collect::<Vec<_>>()
        };
        pending.report(&org(), &counter, 3, Some(&parts(&[("one", 5)])));
        pending.finalise(&org(), Held { id: counter.id, period_end: 1, amount: 1 }, 7, 4);
        pending.report(&org(), &counter, 2, Some(&parts(&[("one", 4), ("other", 1)])));
        pending.report(&org(), &counter, 2, None);
        let [update] = pending.take(&org()).try_into().unwrap();
        assert_eq!((update.own, update.others), (4, Some(parts(&[("one", 5), ("other", 1)]))));
    }

    #[test]
    fn what_waits_is_bounded() {
        let pending = Pending::default();
        for subject in 0..MOST + 10 {
            pending.report(&org(), &Counter::new("quota", subject, 0..1, None, 1), 1, None);
        }
        assert_eq!(pending.take(&org()).len(), MOST);
    }
}
