//! Work that computes for longer than an async worker may be held: on threads of its own, so many
//! at a time, each kind of work with its own bound and its own time to wait for a place.

use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tollgate_openapi::schemas::STACK;

use crate::{Error, Result};

/// When a caller for whom there was no place may try again.
const RETRY_SECONDS: u64 = 2;

/// One kind of work.
pub struct Lane {
    places: Semaphore,
    /// For a place.
    wait: Duration,
    /// For the result.
    most: Duration,
    name: &'static str,
}

/// Calls' checks, some 50 ms each at most.
pub static CHECKS: Lane = Lane::new("check", 2, Duration::from_secs(2), Duration::from_secs(10));
/// Answers of the built-in sandbox.
pub static MOCKS: Lane = Lane::new("mock", 4, Duration::from_secs(5), Duration::from_secs(20));
/// Searches of the docs. The first one after a change builds the index.
pub static SEARCHES: Lane = Lane::new("search", 2, Duration::from_secs(5), Duration::from_secs(30));
/// Pages, packages and documents made for readers: up to some seconds each.
pub static DOCUMENTS: Lane =
    Lane::new("document", 2, Duration::from_secs(5), Duration::from_secs(30));

impl Lane {
    const fn new(name: &'static str, places: usize, wait: Duration, most: Duration) -> Self {
        Self { places: Semaphore::const_new(places), wait, most, name }
    }

    /// Runs `work` as soon as there is a place for it. It ends even if nobody waits for it any
    /// more, and keeps its place until then.
    ///
    /// # Errors
    /// 503 `unavailable` where there is no place in time, or no result; an internal error where
    /// `work` panics.
    pub async fn run<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = tokio::time::timeout(self.wait, self.places.acquire()).await;
        let Ok(Ok(place)) = place else {
            return Err(Self::busy());
        };
        let (done, result) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(self.name.to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let _place = place;
                let made = work();
                // Nobody may wait for it any more.
                _ = done.send(made);
            });
        thread.map_err(anyhow::Error::from)?;
        // What is made goes on, and may be there when it is asked for again.
        let made = tokio::time::timeout(self.most, result).await.map_err(|_| Self::busy())?;
        Ok(made.map_err(|_| anyhow::anyhow!("a thread for a {} panicked", self.name))?)
    }

    fn busy() -> Error {
        Error::busy(
            "The server is busy with other work of this kind. Try again in a few seconds.",
            RETRY_SECONDS,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_caller_who_gets_no_slot_in_time_is_asked_to_retry() {
        static LANE: Lane =
            Lane::new("test", 1, Duration::from_millis(20), Duration::from_millis(50));
        let (release, held) = mpsc::channel::<()>();
        // Takes longer than anybody waits, and keeps the only place meanwhile.
        let slow = LANE.run(move || held.recv().is_ok()).await;
        assert!(slow.is_err());
        assert!(LANE.run(|| ()).await.is_err());
        release.send(()).expect("it runs");
        let free = async {
            while LANE.run(|| ()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), free).await.expect("the place is free again");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_gives_the_place_back() {
        static LANE: Lane = Lane::new("test", 1, Duration::from_secs(60), Duration::from_secs(60));
        let panics: fn() = || panic!("on purpose");
        assert!(LANE.run(panics).await.is_err());
        assert_eq!(LANE.run(|| 7).await.ok(), Some(7));
    }
}
