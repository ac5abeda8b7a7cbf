//! The answer to a call that asked for its limits and counters.

use std::sync::Arc;

use super::Verdict;
use super::counters::{COUNTERS, Held, Outcome, Standings};
use super::local::Local;
use super::redis::Redis;
use crate::types::id::OrgId;

/// What a call that took from `N` buckets and some counters was answered.
pub struct Taken<const N: usize> {
    pub verdicts: [Verdict; N],
    /// Whether each bucket gave a token.
    pub took_tokens: bool,
    /// In the places of the counters that were asked.
    pub counters: Standings,
    /// None where something refused or is unknown: then nothing was taken. Else to be settled when it is
    /// known what the call added.
    pub reservation: Option<Reservation>,
}

impl<const N: usize> Taken<N> {
    /// Whether some counter has to be seeded before this can be decided.
    pub fn is_unknown(&self) -> bool {
        self.counters.iter().flatten().any(|standing| standing.outcome == Outcome::Unknown)
    }
}

/// What a call reserved in its counters. Dropped, it is replaced by what the call adds: nothing, unless that was said.
#[must_use = "what is dropped is given back"]
pub struct Reservation {
    local: Arc<Local>,
    held: [Option<Held>; COUNTERS],
    remote: Option<Remote>,
    /// What its counters were told already that it is charged.
    counted: [u64; COUNTERS],
    /// In the places of its counters.
    added: [u64; COUNTERS],
}

/// Who else is to be told how it ends.
pub(super) struct Remote {
    pub redis: Arc<Redis>,
    pub org: OrgId,
    /// In which minute it was reserved there; 0 if it was not.
    pub minute: i64,
    /// Whether a counter was near its end.
    pub ends_soon: bool,
}

impl Reservation {
    pub(super) fn new(local: &Arc<Local>, held: [Option<Held>; COUNTERS]) -> Self {
        Self { local: Arc::clone(local), held, remote: None, counted: [0; COUNTERS], added: [0; COUNTERS] }
    }

    pub(super) fn tell(&mut self, remote: Remote) {
        self.remote = Some(remote);
    }

    /// Whether other instances share a counter of it that is near its end: then they should know at once how this ends.
    pub fn ends_soon(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| remote.ends_soon)
    }

    /// Adds what the call is charged to the counter at `place`, and answers what was added before it: its place among
    /// the calls that ended. To be settled with the same, or dropped.
    pub fn count(&mut self, place: usize, added: u64) -> Option<u64> {
        let before = self.local.counters.count(self.held[place].as_ref()?, added)?;
        self.counted[place] = self.counted[place].saturating_add(added);
        Some(before)
    }

    /// Says what the call really adds, in the places of its counters: once this is dropped, that takes the place of what was
    /// reserved. To be said before the journal has it. Neither waits.
    pub fn will_add(&mut self, added: [u64; COUNTERS]) {
        for (place, added) in added.into_iter().enumerate() {
            let uncounted = added.saturating_sub(self.counted[place]);
            if uncounted > 0 {
                self.count(place, uncounted);
            }
        }
        self.added = added;
    }

    /// Replaces what was reserved by what the call really added. Never waits.
    pub fn settle(mut self, added: [u64; COUNTERS]) {
        self.will_add(added);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        for (held, (counted, added)) in self.held.iter_mut().zip(self.counted.into_iter().zip(self.added)) {
            let Some(held) = held.take() else { continue };
            match &self.remote {
                Some(remote) => remote.redis.settle(&remote.org, remote.minute, held, counted, added),
                None => drop(self.local.counters.settle(held, counted, added)),
            }
        }
    }
}
