//! Reads the usage of a month from the database into counters that this instance does not know.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tollgate_types::id::{KeyId, OrgId};

use super::{Counters, KEY_CAP, QUOTA, terms};
use crate::gateway::Call;
use crate::keys::KeyEntry;
use crate::quota;
use crate::shared::{Bucket, Outcome, Parts, Readings, Taken};
use crate::{App, Error, Result};

/// How long a call waits until this instance's counts reach the database, and for the database
/// itself.
const CATCH_UP: Duration = Duration::from_secs(2);
const QUERY_TIMEOUT: Duration = Duration::from_millis(500);

/// How often uncertain seeds are loaded again, and for how many callers at the same time: the
/// applier updates all other sums, too.
const MAX_CORRECTIONS: usize = 600;
static CORRECTIONS: Semaphore = Semaphore::const_new(64);

/// Seeds counters from the database that are unknown since this instance started.
pub async fn seed(
    app: &App,
    call: &mut Call,
    key: &KeyEntry,
    counters: &Counters,
    readings: &Readings,
) {
    // The sums must include what this instance counted.
    let mut is_certain = tokio::time::timeout(CATCH_UP, app.journal.caught_up()).await.is_ok();
    let month = call.now.month().0;
    for (place, counter) in counters.iter().enumerate() {
        let (Some(counter), Some(Outcome::Unknown)) =
            (counter, readings[place].map(|reading| reading.outcome))
        else {
            continue;
        };
        let reading_parts = parts_of(app, &key.org, call.product(), &key.spend_id, place, month);
        let parts =
            tokio::time::timeout(QUERY_TIMEOUT, reading_parts).await.ok().and_then(Result::ok);
        if parts.is_none() {
            is_certain = false;
            tracing::warn!(
                counter = counter.name,
                "cannot read this month's usage from the database; counting from the last known \
                 value"
            );
        }
        // Calls of known keys continue while the database is unavailable. Values known to this
        // instance are not decreased.
        app.shared.seed(&key.org, call.now_us, counter, &parts.unwrap_or_default());
    }
    if !is_certain && let Ok(permit) = CORRECTIONS.try_acquire() {
        let (app, org, product, spend_id) = (
            app.clone(),
            key.org.clone(),
            Arc::clone(&terms(call, key).product),
            key.spend_id.clone(),
        );
        let (counters, now_us) = (*counters, call.now_us);
        tokio::spawn(async move {
            let _permit = permit;
            correct_seed(&app, &org, &product, &spend_id, &counters, month, now_us).await;
        });
    }
}

async fn parts_of(
    app: &App,
    org: &OrgId,
    product: &str,
    spend_id: &KeyId,
    place: usize,
    month: i64,
) -> Result<Parts> {
    let subject = match place {
        QUOTA => quota::quota_subject(org, product),
        KEY_CAP => quota::key_subject(spend_id),
        _ => quota::org_subject(org),
    };
    quota::parts(&app.gateway_db, &app.journal.id, &subject, month).await
}

/// Repeats an uncertain seed as soon as possible.
async fn correct_seed(
    app: &App,
    org: &OrgId,
    product: &str,
    spend_id: &KeyId,
    counters: &Counters,
    month: i64,
    now_us: i64,
) {
    for _ in 0..MAX_CORRECTIONS {
        tokio::time::sleep(QUERY_TIMEOUT).await;
        if tokio::time::timeout(CATCH_UP, app.journal.caught_up()).await.is_err() {
            continue;
        }
        let sums = async {
            for (place, counter) in counters.iter().enumerate() {
                if let Some(counter) = counter {
                    app.shared.seed(
                        org,
                        now_us,
                        counter,
                        &parts_of(app, org, product, spend_id, place, month).await?,
                    );
                }
            }
            Ok::<_, Error>(())
        };
        if sums.await.is_ok() {
            return;
        }
    }
}

/// Takes from counters that were just seeded. A Redis that has lost them again, or has not received
/// them yet, must not make calls unlimited: then this instance decides with its own values.
pub async fn take_seeded<const N: usize>(
    app: &App,
    now_us: i64,
    key: &KeyEntry,
    buckets: &[Bucket; N],
    counters: &Counters,
) -> Taken<N> {
    let taken = app.shared.take(&key.org, now_us, buckets, counters).await;
    if taken.is_unknown() {
        app.shared.take_here(&key.org, now_us, buckets, counters)
    } else {
        taken
    }
}
