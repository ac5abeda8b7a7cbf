//! Slots for expensive reads: searches of request logs, and lists with filters that no index
//! supports. However many are requested, only a few run at a time, never all for one organisation,
//! so that other reads have connections.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tollgate_types::code::Code;

use crate::{Error, Result};

/// How long a read waits for a slot.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many reads of one organisation may wait; more are refused immediately.
const WAITING: usize = 16;
/// From this number of known organisations on, those without reads are removed.
const SWEEP_AT: usize = 1_000;

/// The portal's operators, who read data of all organisations.
pub const OPERATORS: &str = "";

pub struct Scans {
    all: Arc<Semaphore>,
    of_each: usize,
    orgs: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    /// Running and waiting reads per organisation.
    queued: Mutex<HashMap<Arc<str>, usize>>,
}

/// Held during a read.
pub struct Place {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _queued: Queued,
}

/// Counts a read as running or waiting until it ends or is abandoned.
struct Queued {
    scans: Arc<Scans>,
    org: Arc<str>,
}

impl Drop for Queued {
    fn drop(&mut self) {
        let mut queued = self.scans.queued.lock();
        if let Some(count) = queued.get_mut(&self.org) {
            *count -= 1;
            if *count == 0 {
                queued.remove(&self.org);
            }
        }
    }
}

impl Scans {
    /// `places` in total, and at most `of_each` for one organisation.
    pub fn new(places: usize, of_each: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(places)),
            of_each,
            orgs: Mutex::default(),
            queued: Mutex::default(),
        }
    }

    /// A slot for `org`, first come, first served within the organisation.
    ///
    /// # Errors
    /// `rate_limited` if too many reads of the organisation already wait, or no slot became free in
    /// time.
    pub async fn acquire(self: &Arc<Self>, org: &str) -> Result<Place> {
        let queued = self.queue(org)?;
        let own = self.places_of(&queued.org);
        let acquired = async {
            // The organisation's own slot first: while waiting for it, no slot of other
            // organisations is held.
            let own = own.acquire_owned().await.map_err(anyhow::Error::from)?;
            let all = Arc::clone(&self.all).acquire_owned().await.map_err(anyhow::Error::from)?;
            Ok::<_, Error>((own, all))
        };
        let (own, all) =
            tokio::time::timeout(PATIENCE, acquired).await.map_err(|_| too_many())??;
        Ok(Place { _all: all, _own: own, _queued: queued })
    }

    fn queue(self: &Arc<Self>, org: &str) -> Result<Queued> {
        let org: Arc<str> = org.into();
        let mut queued = self.queued.lock();
        let count = queued.entry(Arc::clone(&org)).or_default();
        if *count >= self.of_each + WAITING {
            return Err(too_many());
        }
        *count += 1;
        Ok(Queued { scans: Arc::clone(self), org })
    }

    fn places_of(&self, org: &Arc<str>) -> Arc<Semaphore> {
        let mut orgs = self.orgs.lock();
        if orgs.len() >= SWEEP_AT {
            orgs.retain(|_, places| {
                Arc::strong_count(places) > 1 || places.available_permits() < self.of_each
            });
        }
        Arc::clone(
            orgs.entry(Arc::clone(org)).or_insert_with(|| Arc::new(Semaphore::new(self.of_each))),
        )
    }
}

fn too_many() -> Error {
    let detail = "Too many searches of this organisation are running. Wait a few seconds, or narrow the search.";
    Error::new(Code::RateLimited, detail).retry_after(5)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_organisation_never_has_all_places() {
        let scans = Arc::new(Scans::new(2, 1));
        let first = scans.acquire("a").await.unwrap();
        // Its next read waits, and blocks no other organisation.
        assert!(scans.acquire("a").now_or_never().is_none());
        let other = scans.acquire("b").now_or_never().expect("a place is free").unwrap();
        assert!(scans.acquire("c").now_or_never().is_none());
        drop(first);
        assert!(scans.acquire("c").now_or_never().is_some());
        drop(other);
        assert!(scans.acquire("a").now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_search_behind_too_many_of_its_own_organisation_is_refused_and_others_are_not() {
        let scans = Arc::new(Scans::new(2, 1));
        let held = scans.acquire("a").await.unwrap();
        let waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(scans.acquire("a"))).collect();
        let mut waiting = futures::future::join_all(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        let refused = scans.acquire("a").now_or_never().expect("an answer at once");
        assert!(refused.is_err_and(|error| error.code() == Code::RateLimited));
        assert!(scans.acquire("b").now_or_never().is_some());
        // Abandoned and completed reads no longer count.
        drop((waiting, held));
        assert!(scans.queued.lock().is_empty());
        assert!(scans.acquire("a").now_or_never().is_some());
    }
}
