//! The worker that turns journal records into rows. Each batch is one transaction that also moves the
//! journal's cursor, so a batch is applied wholly and once, whatever crashes when.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::batch::Batch;
use super::writer::{Journal, Position};
use super::{segment, store};
use crate::server::shared::Counted;
use crate::server::{App, Result, billing, quota};
use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::time::Timestamp;
use crate::types::usage::UsagePoint;

/// How long records gather before they are applied: the price of a transaction is shared by all.
const GATHER: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_secs(1);
/// How often it is tried whether a journal that could not be written can be.
const PROBE: Duration = Duration::from_millis(500);
/// Applied segments that are kept, in case the database is put back to an earlier state.
const KEEP_SEGMENTS: u64 = 4;

/// Applies until `stop`, then applies what is left.
pub async fn run(app: App, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let stopping = stop.is_cancelled();
        match apply_all(&app).await {
            Ok(()) => {
                if failing {
                    tracing::info!("the journal is applied again");
                }
                failing = false;
            }
            Err(cause) if stopping => {
                tracing::error!(%cause, "the journal's last records will be applied at the next start");
            }
            Err(cause) => {
                if !failing {
                    tracing::error!(%cause, "the journal cannot be applied; it grows until it can");
                }
                failing = true;
            }
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RETRY), if failing => {}
            () = gathered(&app.journal), if !failing => {}
        }
    }
}

/// Returns once there is something to apply and it has had time to gather.
async fn gathered(journal: &Journal) {
    while tokio::time::timeout(PROBE, journal.appended.notified()).await.is_err() {
        if !journal.is_writable() {
            journal.probe();
        }
    }
    tokio::time::sleep(GATHER).await;
}

/// Applies every record that is in the journal now. What comes meanwhile gathers for the next time: to go on with it at
/// once would be a transaction for every few calls.
pub async fn apply_all(app: &App) -> Result<()> {
    let journal = &app.journal;
    let end = journal.end();
    let mut totals = quota::Totals::default();
    let mut at = store::cursor(&app.db, &journal.id).await?.unwrap_or_default();
    loop {
        let folder = journal.folder.clone();
        let read = tokio::task::spawn_blocking(move || Batch::read(&folder, at, end)).await.map_err(anyhow::Error::from)?;
        let Some(mut batch) = read?.filter(|batch| batch.next != at) else {
            quota::tell(app, totals);
            journal.applied.send_replace(end);
            return Ok(());
        };
        if batch.skipped > 0 {
            tracing::warn!(segment = at.segment, bytes = batch.skipped, "skipped a torn record in the journal");
        }
        let mut tx = app.db.begin().await?;
        if !store::move_cursor(&mut tx, &journal.id, at, &batch, app.clock.now().0).await? {
            return Err(anyhow::anyhow!("somebody else has applied this journal").into());
        }
        store::write(&mut tx, &mut batch).await?;
        billing::record(&mut tx, &batch.usage).await?;
        quota::count(&mut tx, &app.config, &journal.id, &batch.usage, &mut totals, app.clock.now()).await?;
        tx.commit().await?;
        announce(app, &batch);
        if batch.next.segment > at.segment {
            remove_applied(journal, batch.next);
        }
        at = batch.next;
    }
}

/// Tells the dashboards what was just counted.
fn announce(app: &App, batch: &Batch) {
    let mut counted: BTreeMap<(&str, Environment), BTreeMap<i64, UsagePoint>> = BTreeMap::new();
    for (key, sum) in &batch.usage {
        let hours = counted.entry((&*key.org_id, key.environment)).or_default();
        let empty = UsagePoint { hour: Timestamp(key.hour), calls: 0, errors: 0, units: 0, billed_units: 0 };
        let point = hours.entry(key.hour).or_insert(empty);
        point.calls += sum.calls.unsigned_abs();
        point.errors += if key.status >= 400 { sum.calls.unsigned_abs() } else { 0 };
        point.units += sum.units.unsigned_abs();
        point.billed_units += sum.billed_units.unsigned_abs();
    }
    for ((org, environment), hours) in counted {
        if let Ok(org) = org.parse::<OrgId>() {
            app.live.tell(Counted { org, environment, points: hours.into_values().collect() });
        }
    }
}

fn remove_applied(journal: &Journal, applied: Position) {
    let removed = segment::list(&journal.folder).and_then(|segments| {
        let mut old = segments.into_iter().filter(|number| number + KEEP_SEGMENTS < applied.segment);
        old.try_for_each(|number| fs::remove_file(segment::path(&journal.folder, number)))
    });
    if let Err(cause) = removed {
        tracing::warn!(%cause, "cannot remove old journal segments");
    }
}
