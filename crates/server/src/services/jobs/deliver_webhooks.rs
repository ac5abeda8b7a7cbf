//! Delivers events to webhook endpoints. Each round records the outcome of completed attempts,
//! claims due deliveries, a few per endpoint, and sends them; so an endpoint that does not respond
//! delays only its own few.

mod lanes;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::webhooks::{self, Attempted, Claimed, Claims, Tried};
use crate::{App, Error, Result};
use lanes::Lanes;

/// How soon a due delivery is noticed. New ones notify the job.
const POLL: Duration = Duration::from_millis(500);
/// Deliveries in progress: with their bodies, at most some tens of megabytes.
const TOTAL: usize = 512;
/// How many of them go to failing endpoints, and how many to new ones, so that hanging ones leave
/// room for all others.
const SHARE: usize = TOTAL / 4;
/// How often unreadable endpoints are logged: they recur in each round.
const WARN: Duration = Duration::from_secs(60);

/// Runs until `stop`; deliveries in progress are completed first.
pub async fn run(app: App, stop: CancellationToken) {
    let mut worker = Worker {
        app,
        stop,
        lanes: Lanes::default(),
        sending: JoinSet::new(),
        done: Vec::new(),
        after: String::new(),
        warned: None,
    };
    while !(worker.stop.is_cancelled() && worker.sending.is_empty()) {
        if let Err(cause) = worker.round().await {
            tracing::warn!(%cause, "cannot deliver webhooks; trying again");
            tokio::time::sleep(POLL).await;
        }
        worker.wait().await;
    }
    if let Err(cause) = worker.write().await {
        tracing::warn!(%cause, "the outcome of some webhook deliveries could not be stored: they are sent again");
    }
}

struct Worker {
    app: App,
    stop: CancellationToken,
    lanes: Lanes,
    sending: JoinSet<Attempted>,
    /// Completed and unrecorded attempts; at most as many as can be in progress.
    done: Vec<Attempted>,
    /// The last endpoint of the last claim; empty if it reached the end.
    after: String,
    warned: Option<Instant>,
}

impl Worker {
    async fn round(&mut self) -> Result<()> {
        self.write().await?;
        let room = TOTAL - self.sending.len();
        if self.stop.is_cancelled() || room == 0 {
            return Ok(());
        }
        let Claims { claimed, unreadable } =
            webhooks::claim_due(&self.app, &mut self.after, self.lanes.rooms(), room).await?;
        if let [(endpoint, cause), ..] = &*unreadable {
            self.warn(endpoint, cause);
        }
        for one in claimed {
            self.lanes.add(&one.target.id, one.target.reliability);
            self.sending.spawn(send(self.app.clone(), one, self.stop.clone()));
        }
        Ok(())
    }

    fn warn(&mut self, endpoint: &str, cause: &Error) {
        if self.warned.is_none_or(|at| at.elapsed() >= WARN) {
            self.warned = Some(Instant::now());
            tracing::error!(endpoint, %cause, "cannot deliver to a webhook endpoint: run `tollgate doctor`");
        }
    }

    async fn write(&mut self) -> Result<()> {
        while let Some(ended) = self.sending.try_join_next() {
            self.done.extend(ended.ok());
        }
        if self.done.is_empty() {
            return Ok(());
        }
        webhooks::record(&self.app, &self.done, self.app.clock.now()).await?;
        for attempted in self.done.drain(..) {
            self.lanes.leave(
                &attempted.claimed.target.id,
                attempted.tried.map(|tried| tried.is_success()),
            );
        }
        Ok(())
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self) {
        if !self.after.is_empty() && self.sending.len() < TOTAL {
            return;
        }
        let is_stopping = self.stop.is_cancelled();
        tokio::select! {
            Some(ended) = self.sending.join_next() => self.done.extend(ended.ok()),
            () = self.stop.cancelled(), if !is_stopping => {}
            () = self.app.deliveries.rung() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// One attempt, at its time.
async fn send(app: App, claimed: Claimed, stop: CancellationToken) -> Attempted {
    let may_go = tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(claimed.wait) => true,
    };
    // If this was delayed, another instance may claim it at any moment.
    let ends = app.clock.now().0 + i64::try_from(webhooks::TIMEOUT.as_millis()).unwrap_or(0);
    if !may_go || ends >= claimed.leased_until.0 {
        return Attempted { claimed, tried: None };
    }
    let began = Instant::now();
    let started_at = app.clock.now();
    let tried =
        AssertUnwindSafe(webhooks::attempt(&app, &claimed, started_at)).catch_unwind().await;
    let mut tried = tried.unwrap_or_else(|_| Tried::failed("something went wrong here"));
    tried.started_at = started_at;
    tried.latency_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    Attempted { claimed, tried: Some(tried) }
}
