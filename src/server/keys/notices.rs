//! Telling people of keys that are about to expire: 30, 7 and 1 day before, each once.

use super::letters;
use super::store;
use crate::server::config::Config;
use crate::server::db::{Db, Tx};
use crate::server::events::{self, About};
use crate::server::{Result, accounts, mail};
use crate::types::event::EventType;
use crate::types::id::{KeyId, OrgId};
use crate::types::time::{DAY, Timestamp};

/// Days before the expiry, and the days after which the next notice takes over.
const THRESHOLDS: [(i64, i64); 3] = [(30, 7), (7, 1), (1, 0)];
/// Keys that are looked for at a time.
const BATCH: i64 = 100;
/// What was told is remembered so long: longer than anything can be told twice.
const KEEP: i64 = 90 * DAY;

/// Writes the notices that are due. A key that was made after a threshold is not told of it, and one that
/// was missed gives way to the next. Any number of instances may do this at once.
pub async fn tell_expiring(db: &Db, config: &Config, now: Timestamp) -> Result<()> {
    for (days, next) in THRESHOLDS {
        let notice = format!("expires_in_{days}_days");
        loop {
            let due = store::expiring(db, now.plus(next * DAY), now.plus(days * DAY), days * DAY, &notice, BATCH).await?;
            for (org, key) in &due {
                tell(
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

/// The event and the mails in one transaction with the note that they were written.
async fn tell(db: &Db, config: &Config, org: &OrgId, key: &KeyId, notice: &str, days: i64, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let Some(row) = store::find_for_update(&mut tx, org, None, key).await? else { return Ok(()) };
    if !store::insert_notice(&mut tx, key, notice, now).await? {
        return Ok(());
    }
    // Revoked or rotated since it was looked for: there is nothing to tell, and that is remembered.
    if !row.state(now).is_over() && row.rotated_to.is_none() {
        let view = row.view(now)?;
        let about = About { org, environment: Some(view.environment), request_id: "" };
        events::record(&mut tx, about, EventType::KeyExpiring, &view, now).await?;
        mail_managers(&mut tx, config, org, &letters::expiring(config, &row, days)?, now).await?;
    }
    tx.commit().await
}

/// Writes to all who are responsible for the organisation's keys.
pub(super) async fn mail_managers(tx: &mut Tx, config: &Config, org: &OrgId, text: &letters::Text, now: Timestamp) -> Result<()> {
    for to in accounts::managers(tx, org).await? {
        mail::queue(tx, config, &text.to(&to), now).await?;
    }
    Ok(())
}

/// Forgets what was told long ago.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::delete_notices(tx, now.plus(-KEEP)).await
}
