//! The result of taking from limits and counters.

use std::sync::Arc;

use tollgate_types::id::OrgId;

use super::Verdict;
use super::counters::{COUNTERS, Held, Outcome, Readings};
use super::local::Local;
use super::redis::Redis;

/// The result of a call that took from `N` buckets and some counters.
pub struct Taken<const N: usize> {
    pub verdicts: [Verdict; N],
    /// Whether each bucket gave a token.
    pub took_tokens: bool,
    /// In the order of the call's counters.
    pub counters: Readings,
    /// `None` if something refused or is unknown: then nothing was taken. Otherwise settle it when
    /// the added amount is known.
    pub reservation: Option<Reservation>,
}

impl<const N: usize> Taken<N> {
    /// Whether some counter must be seeded before this can be decided.
    pub fn is_unknown(&self) -> bool {
        self.counters.iter().flatten().any(|reading| reading.outcome == Outcome::Unknown)
    }
}

/// A call's reservations in its counters. When dropped, they are replaced by the added amount:
/// zero, unless it was set.
#[must_use = "a dropped call is given back"]
pub struct Reservation {
    local: Arc<Local>,
    held: [Option<Held>; COUNTERS],
    remote: Option<Remote>,
    /// The charges that its counters already have.
    counted: [u64; COUNTERS],
    /// In the order of its counters.
    added: [u64; COUNTERS],
}

/// Who else must learn the outcome.
pub(super) struct Remote {
    pub redis: Arc<Redis>,
    pub org: OrgId,
    /// In which minute it was reserved there; 0 if it was not.
    pub minute: i64,
    /// Whether a counter was near its limit.
    pub ends_soon: bool,
}

impl Reservation {
    pub(super) fn new(local: &Arc<Local>, held: [Option<Held>; COUNTERS]) -> Self {
        Self {
            local: Arc::clone(local),
            held,
            remote: None,
            counted: [0; COUNTERS],
            added: [0; COUNTERS],
        }
    }

    pub(super) fn report_to(&mut self, remote: Remote) {
        self.remote = Some(remote);
    }

    /// Whether other instances share a counter of it that is near its limit: then they should learn
    /// the outcome immediately.
    pub fn ends_soon(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| remote.ends_soon)
    }

    /// Adds the call's charge to the counter at `place`, and returns what was added before it: its
    /// position among the completed calls. Settle it with the same amount, or drop it.
    pub fn count(&mut self, place: usize, added: u64) -> Option<u64> {
        let before = self.local.counters.count(self.held[place].as_ref()?, added)?;
        self.counted[place] = self.counted[place].saturating_add(added);
        Some(before)
    }

    /// Sets the amounts that the call really adds, in the order of its counters: when this is
    /// dropped, they replace the reservations. Call it before the journal has the call. Neither
    /// waits.
    pub fn will_add(&mut self, added: [u64; COUNTERS]) {
        for (place, added) in added.into_iter().enumerate() {
            let uncounted = added.saturating_sub(self.counted[place]);
            if uncounted > 0 {
                self.count(place, uncounted);
            }
        }
        self.added = added;
    }

    /// Replaces the reservations by the really added amounts. Never waits.
    pub fn finalise(mut self, added: [u64; COUNTERS]) {
        self.will_add(added);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        for (held, (counted, added)) in
            self.held.iter_mut().zip(self.counted.into_iter().zip(self.added))
        {
            let Some(held) = held.take() else { continue };
            match &self.remote {
                Some(remote) => {
                    remote.redis.finalise(&remote.org, remote.minute, held, counted, added)
                }
                None => drop(self.local.counters.finalise(held, counted, added)),
            }
        }
    }
}
