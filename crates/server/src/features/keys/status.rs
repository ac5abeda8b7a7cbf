//! The current state of a key, to explain a call that it made.

use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::key::KeyView;
use tollgate_types::time::Timestamp;

use super::store;
use crate::Result;
use crate::db::Db;

/// A key with the times when it was stopped.
pub struct KeyStatus {
    pub key: KeyView,
    pub disabled_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// `None` for a deleted key, and for a call without a valid key.
pub async fn status(db: &Db, org: &OrgId, id: &str, now: Timestamp) -> Result<Option<KeyStatus>> {
    let Ok(id) = id.parse::<KeyId>() else { return Ok(None) };
    let Some(row) = store::find(db, org, None, &id).await? else { return Ok(None) };
    let (disabled_at, revoked_at) = (row.disabled_at.map(Timestamp), row.revoked_at.map(Timestamp));
    Ok(Some(KeyStatus { key: row.view(now)?, disabled_at, revoked_at }))
}
