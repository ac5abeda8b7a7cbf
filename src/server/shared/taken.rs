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

/// What a call reserved in its counters. Dropping it gives all of it back.
#[must_use = "what is dropped is given back"]
pub struct Reservation {
    local: Arc<Local>,
    held: [Option<Held>; COUNTERS],
    remote: Option<Remote>,
    /// What is in the sum of a counter already, with its place.
    counted: Option<(usize, u64)>,
}

/// Who else is to be told how it ends.
pub(super) struct Remote {
    pub redis: Arc<Redis>,
    pub org: OrgId,
    /// In which minute it was reserved there; 0 if it was not.
    pub minute: i64,
}

impl Reservation {
    pub(super) fn new(local: &Arc<Local>, held: [Option<Held>; COUNTERS]) -> Self {
        Self { local: Arc::clone(local), held, remote: None, counted: None }
    }

    pub(super) fn tell(&mut self, remote: Remote) {
        self.remote = Some(remote);
    }

    /// Adds what the call is charged to the counter at `place`, and answers what was added before it: its place among
    /// the calls that ended. To be settled with the same, or dropped.
    pub fn count(&mut self, place: usize, added: u64) -> Option<u64> {
        let before = self.local.counters.count(self.held[place].as_ref()?, added)?;
        self.counted = Some((place, added));
        Some(before)
    }

    /// Replaces what was reserved by what the call really added, in the places of its counters. Never waits.
    pub fn settle(mut self, added: [u64; COUNTERS]) {
        self.finish(added);
    }

    fn finish(&mut self, added: [u64; COUNTERS]) {
        let counted = self.counted.take();
        for (place, (held, added)) in self.held.iter_mut().zip(added).enumerate() {
            let Some(held) = held.take() else { continue };
            let counted = counted.filter(|(at, _)| *at == place).map_or(0, |(_, counted)| counted);
            match &self.remote {
                Some(remote) => remote.redis.settle(&remote.org, remote.minute, held, counted, added),
                None => self.local.counters.settle(held, counted, added),
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.finish([0; COUNTERS]);
    }
}
