//! Notifies people of keys that expire soon: 30, 7 and 1 day before, each once.

use tollgate_types::event::EventType;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::time::{DAY, Timestamp};

use super::mails;
use super::store;
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::webhooks::events::{self, About};
use crate::{Result, accounts, mail};

/// Days before the expiry, and the days from which the next notice replaces it.
const THRESHOLDS: [(i64, i64); 3] = [(30, 7), (7, 1), (1, 0)];
/// Keys per query.
const BATCH: i64 = 100;
/// How long sent notices are recorded: longer than a notice can recur.
const KEEP: i64 = 90 * DAY;

/// Writes the notices that are due. A key created after a threshold does not get that notice, and a
/// missed notice is replaced by the next one. Several instances may do this concurrently.
pub async fn notify_expiring(db: &Db, config: &Config, now: Timestamp) -> Result<()> {
    for (days, next) in THRESHOLDS {
        let notice = format!("expires_in_{days}_days");
        loop {
            let due = store::expiring(
                db,
                now.plus(next * DAY),
                now.plus(days * DAY),
                days * DAY,
                &notice,
                BATCH,
            )
            .await?;
            for (org, key) in &due {
                notify(
                    db,
                    config,
                    &org.parse().map_err(anyhow::Error::from)?,
                    &key.parse().map_err(anyhow::Error::from)?,
                    &notice,
                    days,
                    now,
                )
                .await?;
            }
            if (due.len() as i64) < BATCH {
                break;
            }
        }
    }
    Ok(())
}

/// The event and the mails in one transaction with the record that they were written.
async fn notify(
    db: &Db,
    config: &Config,
    org: &OrgId,
    key: &KeyId,
    notice: &str,
    days: i64,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let Some(row) = store::find_for_update(&mut tx, org, None, key).await? else { return Ok(()) };
    if !store::insert_notice(&mut tx, key, notice, now).await? {
        return Ok(());
    }
    // Revoked or rotated since the query: no notice is needed, and this is recorded.
    if !row.state(now).is_over() && row.rotated_to.is_none() {
        let view = row.view(now)?;
        let about = About { org, environment: Some(view.environment), request_id: "" };
        events::record(&mut tx, about, EventType::KeyExpiring, &view, now).await?;
        mail_managers(&mut tx, config, org, &mails::expiring(config, &row, days)?, now).await?;
    }
    tx.commit().await
}

/// Notifies all people who are responsible for the organisation's keys.
pub(super) async fn mail_managers(
    tx: &mut Tx,
    config: &Config,
    org: &OrgId,
    text: &mails::Text,
    now: Timestamp,
) -> Result<()> {
    for to in accounts::managers(tx, org).await? {
        mail::queue(tx, config, &text.to(&to), now).await?;
    }
    Ok(())
}

/// Deletes old records.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::OLD_NOTICES.delete(db, now.plus(-KEEP).0).await.map(drop)
}
