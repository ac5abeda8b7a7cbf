//! Whether the old key of a rotation can be let go.

use super::get_key;
use crate::server::access::{Permit, ReadKeys, ReadLogs};
use crate::server::db::Db;
use crate::server::{Result, request_logs};
use crate::types::id::KeyId;
use crate::types::key_use::Handover;
use crate::types::time::{DAY, HOUR, Timestamp};

/// What calls at all is taken to call within such a time.
const QUIET: i64 = DAY;

/// Who still calls with a rotated key; none for a key that is not rotated.
pub async fn handover(db: &Db, permit: &Permit<ReadKeys>, logs: &Permit<ReadLogs>, id: &KeyId, now: Timestamp) -> Result<Option<Handover>> {
    let key = get_key(db, permit, id, now).await?;
    let Some(began) = key.rotated_at else { return Ok(None) };
    let callers = request_logs::callers(db, logs, key.environment, id, began).await?;
    // The key remembers its last use for longer than logs are kept.
    let remembered = key.last_used_at.filter(|at| *at >= began);
    let last_call = callers.data.first().map(|caller| caller.last_call).max(remembered);
    let quiet = now.0 - last_call.unwrap_or(began).0;
    Ok(Some(Handover { callers, last_call, quiet_hours: (quiet.max(0) / HOUR).unsigned_abs(), is_safe: quiet >= QUIET }))
}
