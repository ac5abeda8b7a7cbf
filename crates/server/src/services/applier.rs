//! The worker that turns journal records into rows. Each batch is one transaction that also moves
//! the journal's cursor, so a batch is applied completely and exactly once, even after a crash.
//!
//! A batch that fails because the database is unavailable waits. If it fails because of its
//! content, records that are already in the database are skipped, then the batch is halved until
//! the one record is found that cannot be applied. That record is set aside, and the others
//! continue.

mod batch;
mod known;
mod pace;

use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tollgate_types::environment::Environment;
use tollgate_types::id::OrgId;
use tollgate_types::time::Timestamp;
use tollgate_types::usage::UsagePoint;

use crate::db::{Fault, Tx};
use crate::journal::{Gaps, Journal, Position, aside, damaged, segment, store, stretch};
use crate::shared::Counted;
use crate::{App, Error, Result, billing, keys, quota, request_logs, usage, usage_limits};
use batch::Batch;
use known::Known;
use pace::Pace;

/// How long records are collected before they are applied: all share the cost of a transaction.
const GATHER: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_secs(1);
/// How often it is checked whether an unwritable journal is writable again.
const PROBE: Duration = Duration::from_millis(500);
/// How often it is logged that the journal, or records of it, cannot be applied.
const ALARM: Duration = Duration::from_secs(60);
/// Applied segments that are kept, in case the database is restored to an earlier state.
const KEEP_SEGMENTS: u64 = 4;

/// Applies until `stop`, then applies the rest.
pub async fn run(app: App, stop: CancellationToken) {
    let pace = Pace::new(app.db.is_embedded());
    let mut applier = Applier { app, pace, is_careful: false, put_aside: 0, alarmed: None };
    let mut failing = false;
    loop {
        let stopping = stop.is_cancelled();
        match applier.apply_all().await {
            Ok(()) => {
                if failing {
                    tracing::info!("the journal is being applied again");
                    applier.alarmed = None;
                }
                failing = false;
            }
            Err(cause) if stopping => {
                tracing::error!(%cause, "the journal's last records will be applied at the next start");
            }
            Err(cause) => {
                applier.alarm(|| tracing::error!(%cause, "the journal cannot be applied, and grows until it can"));
                failing = true;
            }
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RETRY), if failing => {}
            () = gathered(&applier.app), if !failing => {}
        }
    }
}

/// Returns when there is something to apply and it has been collected for a while.
async fn gathered(app: &App) {
    while tokio::time::timeout(PROBE, app.journal.appended.notified()).await.is_err() {
        if !app.journal.is_writable() {
            let app = app.clone();
            // The next call detects a panic in it.
            let _ = tokio::task::spawn_blocking(move || app.journal.probe()).await;
        }
    }
    tokio::time::sleep(GATHER).await;
}

struct Applier {
    app: App,
    pace: Pace,
    /// Whether each record is looked up before it is applied: after a batch that failed.
    is_careful: bool,
    /// Records that were set aside and not logged yet.
    put_aside: u64,
    alarmed: Option<Instant>,
}

/// The outcome of one batch.
enum Step {
    Applied(Position),
    End,
}

/// Another server has moved the cursor, or has taken the lease of the journal.
#[derive(Debug)]
struct Fenced;

impl std::fmt::Display for Fenced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another server applies this journal")
    }
}

impl std::error::Error for Fenced {}

impl Applier {
    /// Applies all records that are in the journal now. New records are collected for the next
    /// time: continuing immediately would mean a transaction for every few calls.
    async fn apply_all(&mut self) -> Result<()> {
        let mut totals = quota::Totals::default();
        let applied = self.apply_to(self.app.journal.end(), &mut totals).await;
        // Also the part before a failed batch: callers that wait for all records need the counters
        // to be current, too.
        quota::report(&self.app.shared, self.app.clock.now_us(), totals);
        let reached = self.app.journal.moved.lock().0;
        self.app.journal.applied.send_replace(reached);
        if self.put_aside > 0 {
            let (records, file) = (self.put_aside, aside::path(&self.app.journal.folder));
            if self.alarm(|| tracing::error!(records, file = %file.display(), "records could not be applied and were set aside: run `tollgate doctor`")) {
                self.put_aside = 0;
            }
        }
        applied
    }

    async fn apply_to(&mut self, end: Position, totals: &mut quota::Totals) -> Result<()> {
        let app = self.app.clone();
        let journal = &app.journal;
        let store::Cursor { mut at, recheck_before } =
            store::cursor(&app.db.for_applier(), &journal.id).await?.unwrap_or_default();
        loop {
            let limit = self.pace.records;
            let is_careful = self.is_careful || at.segment < recheck_before;
            let mut tried = limit;
            let step = AssertUnwindSafe(self.step(at, end, is_careful, &mut tried, totals))
                .catch_unwind()
                .await;
            let step = step
                .unwrap_or_else(|_| Err(anyhow::anyhow!("applying the journal panicked").into()));
            let next = match step {
                Ok(Step::Applied(next)) => next,
                Ok(Step::End) => {
                    *journal.moved.lock() = (end, app.clock.now());
                    return Ok(());
                }
                // Records are set aside because of their content, not because of database failures.
                Err(cause) if !is_of_records(&cause) => return Err(cause),
                // It may already be in the database.
                Err(_) if !is_careful => {
                    self.is_careful = true;
                    continue;
                }
                Err(cause) => {
                    if !self.pace.halve(tried) {
                        continue;
                    }
                    self.put_aside(at, end, &cause).await?
                }
            };
            self.is_careful = false;
            *journal.moved.lock() = (next, app.clock.now());
            if next.segment > at.segment {
                remove_applied(journal, next);
            }
            at = next;
        }
    }

    /// Applies one batch, in one transaction. Sets `tried` to the number of its records.
    async fn step(
        &mut self,
        at: Position,
        end: Position,
        is_careful: bool,
        tried: &mut i64,
        totals: &mut quota::Totals,
    ) -> Result<Step> {
        let (app, limit) = (&self.app, self.pace.records);
        let journal = &app.journal;
        let known = if is_careful { Some(known(app, at, end, limit).await?) } else { None };
        let folder = journal.folder.clone();
        let read = tokio::task::spawn_blocking(move || Batch::read(&folder, at, end, limit, known))
            .await
            .map_err(anyhow::Error::from)?;
        let Some(mut batch) = read?.filter(|batch| batch.next != at) else { return Ok(Step::End) };
        *tried = batch.records;
        keep(app, batch.segment, &batch.gaps).await?;
        if let Some(records) =
            batch.known.as_ref().map(|known| known.skipped).filter(|skipped| *skipped > 0)
        {
            tracing::warn!(
                segment = batch.segment,
                records,
                "skipped records that are already in the database"
            );
        }
        let mut own = quota::Totals::default();
        let mut tx = app.db.for_applier().begin().await?;
        let began = Instant::now();
        if !store::move_cursor(
            &mut tx,
            &journal.id,
            &app.instance.run,
            at,
            batch.next,
            batch.records,
            app.clock.now().0,
        )
        .await?
        {
            return Err(anyhow::Error::new(Fenced).into());
        }
        write(&mut tx, &mut batch).await?;
        billing::record(&mut tx, &batch.usage).await?;
        usage_limits::count(
            &mut tx,
            &app.config,
            &journal.id,
            &batch.usage,
            &mut own,
            app.clock.now(),
        )
        .await?;
        tx.commit().await?;
        log_gaps(app, batch.segment, &batch.gaps);
        self.pace.took(batch.records, began.elapsed());
        totals.merge(own);
        announce(app, &batch);
        Ok(Step::Applied(batch.next))
    }

    /// Sets aside the record at `at`, which cannot be applied.
    async fn put_aside(&mut self, at: Position, end: Position, cause: &Error) -> Result<Position> {
        let app = self.app.clone();
        let folder = app.journal.folder.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            let read = stretch::read(&folder, at, end, 1, |record| record.encode(&mut bytes))?;
            if !bytes.is_empty() {
                aside::put(&folder, &bytes)?;
            }
            Ok::<_, Error>(read)
        });
        let read = read.await.map_err(anyhow::Error::from)??;
        let Some(read) = read else { return Ok(at) };
        keep(&app, read.segment, &read.gaps).await?;
        let mut tx = app.db.for_applier().begin().await?;
        if !store::move_cursor(
            &mut tx,
            &app.journal.id,
            &app.instance.run,
            at,
            read.next,
            read.records,
            app.clock.now().0,
        )
        .await?
        {
            return Err(anyhow::Error::new(Fenced).into());
        }
        tx.commit().await?;
        log_gaps(&app, read.segment, &read.gaps);
        self.put_aside += 1;
        self.alarm(|| tracing::error!(%cause, segment = read.segment, offset = at.offset, "a record of the journal cannot be applied"));
        Ok(read.next)
    }

    /// Logs the problem, at most once per interval. True if it was logged.
    fn alarm(&mut self, log: impl FnOnce()) -> bool {
        let is_due = self.alarmed.is_none_or(|at| at.elapsed() >= ALARM);
        if is_due {
            self.alarmed = Some(Instant::now());
            log();
        }
        is_due
    }
}

async fn write(tx: &mut Tx, batch: &mut Batch) -> Result<()> {
    for group in &mut batch.groups {
        if let Some(block) = group.block.take() {
            request_logs::write(tx, &group.org_id, group.environment, block).await?;
        }
    }
    request_logs::write_ends(tx, &batch.ends).await?;
    usage::add(tx, &batch.usage, &batch.latency).await?;
    keys::set_last_used(tx, &batch.last_used).await
}

/// Whether a batch cannot be applied because of its content, or of conflicting data in the
/// database. Other failures are temporary, or need an operator.
fn is_of_records(cause: &Error) -> bool {
    match cause {
        Error::Problem(_) => false,
        Error::Internal(inner) if inner.is::<sqlx::Error>() => cause.fault() == Fault::Data,
        Error::Internal(inner) => {
            let is_cancelled =
                inner.downcast_ref::<JoinError>().is_some_and(JoinError::is_cancelled);
            !is_cancelled && !inner.is::<Fenced>() && !inner.is::<std::io::Error>()
        }
    }
}

/// Copies damaged parts to files, before the cursor passes them.
async fn keep(app: &App, segment: u64, gaps: &Gaps) -> Result<()> {
    if gaps.damaged.is_empty() {
        return Ok(());
    }
    let (folder, parts) = (app.journal.folder.clone(), gaps.damaged.clone());
    let kept = tokio::task::spawn_blocking(move || damaged::keep(&folder, segment, &parts));
    Ok(kept.await.map_err(anyhow::Error::from)??)
}

fn log_gaps(app: &App, segment: u64, gaps: &Gaps) {
    if gaps.interrupted > 0 {
        tracing::warn!(
            segment,
            bytes = gaps.interrupted,
            "skipped a record whose write was interrupted at the end of a journal segment"
        );
    }
    if let Some(first) = gaps.damaged.first() {
        tracing::error!(
            segment,
            parts = gaps.damaged.len(),
            bytes = gaps.damaged_bytes(),
            first = %damaged::path(&app.journal.folder, segment, first.offset).display(),
            "the journal is damaged: the calls in the damaged parts are not counted, but are kept in files: run `tollgate doctor`"
        );
    }
}

/// Which of the next `limit` records are already in the database.
async fn known(app: &App, at: Position, end: Position, limit: i64) -> Result<Known> {
    let folder = app.journal.folder.clone();
    let ids = tokio::task::spawn_blocking(move || known::ids(&folder, at, end, limit))
        .await
        .map_err(anyhow::Error::from)??;
    Known::find(&mut app.db.for_applier().snapshot().await?, ids).await
}

/// Sends new usage to the dashboards.
fn announce(app: &App, batch: &Batch) {
    let mut counted: BTreeMap<(&str, Environment), BTreeMap<i64, UsagePoint>> = BTreeMap::new();
    for (key, sum) in &batch.usage {
        let hours = counted.entry((&*key.org_id, key.environment)).or_default();
        let empty = UsagePoint {
            hour: Timestamp(key.hour),
            calls: 0,
            errors: 0,
            units: 0,
            billed_units: 0,
        };
        let point = hours.entry(key.hour).or_insert(empty);
        point.calls += sum.calls.unsigned_abs();
        point.errors += if key.status >= 400 { sum.calls.unsigned_abs() } else { 0 };
        point.units += sum.units.unsigned_abs();
        point.billed_units += sum.billed_units.unsigned_abs();
    }
    for ((org, environment), hours) in counted {
        if let Ok(org) = org.parse::<OrgId>() {
            app.live.publish(Counted { org, environment, points: hours.into_values().collect() });
        }
    }
}

fn remove_applied(journal: &Journal, applied: Position) {
    let removed = segment::list(&journal.folder).and_then(|segments| {
        let mut old =
            segments.into_iter().filter(|number| number + KEEP_SEGMENTS < applied.segment);
        old.try_for_each(|number| fs::remove_file(segment::path(&journal.folder, number)))
    });
    if let Err(cause) = removed {
        tracing::warn!(%cause, "cannot remove old journal segments");
    }
}
