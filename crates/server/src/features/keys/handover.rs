//! Whether the old key of a rotation can be retired.

use tollgate_types::id::KeyId;
use tollgate_types::key_use::Handover;
use tollgate_types::time::{DAY, HOUR, Timestamp};

use super::get_key;
use crate::access::{Permit, ReadKeys, ReadLogs};
use crate::db::Db;
use crate::{Result, request_logs};

/// Every program that still uses the key is expected to call within this time.
const QUIET: i64 = DAY;

/// Who still calls with a rotated key; `None` for a key that is not rotated.
pub async fn handover(
    db: &Db,
    permit: &Permit<ReadKeys>,
    logs: &Permit<ReadLogs>,
    id: &KeyId,
    now: Timestamp,
) -> Result<Option<Handover>> {
    let key = get_key(db, permit, id, now).await?;
    let Some(began) = key.rotated_at else { return Ok(None) };
    let callers = request_logs::callers(db, logs, key.environment, id, began).await?;
    // The key stores its last use for longer than logs are kept.
    let remembered = key.last_used_at.filter(|at| *at >= began);
    let last_call = callers.data.first().map(|caller| caller.last_call).max(remembered);
    let quiet = now.0 - last_call.unwrap_or(began).0;
    Ok(Some(Handover {
        callers,
        last_call,
        quiet_hours: (quiet.max(0) / HOUR).unsigned_abs(),
        is_safe: quiet >= QUIET,
    }))
}
