//! Switching a key off, on again, or off for good.

use serde_json::json;

use super::store;
use crate::server::access::{ManageKeys, Permit};
use crate::server::db::{Change, Db};
use crate::server::events::{self, About};
use crate::server::{Error, Result, audit, session};
use crate::types::code::Code;
use crate::types::event::EventType;
use crate::types::id::KeyId;
use crate::types::key::KeyView;
use crate::types::time::Timestamp;

/// What can be done to a key that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    Disable,
    Enable,
    Revoke,
}

impl KeyChange {
    const fn action(self) -> &'static str {
        match self {
            Self::Disable => "key.disabled",
            Self::Enable => "key.enabled",
            Self::Revoke => "key.revoked",
        }
    }
}

/// Disables, enables or revokes a key: at once here, within a second on every other instance.
/// Asking for the state the key is in already changes nothing and succeeds.
///
/// # Errors
/// `not_found`; `conflict` for a key that is revoked or expired, unless it is to be revoked.
pub async fn change_key(db: &Db, permit: &Permit<ManageKeys>, id: &KeyId, change: KeyChange, now: Timestamp) -> Result<KeyView> {
    let mut tx = db.begin().await?;
    let mut row = store::find_for_update(&mut tx, &permit.org, permit.environment, id).await?.ok_or_else(|| Error::not_found("key"))?;
    let before = row.state(now);
    match change {
        KeyChange::Revoke => row.revoked_at = row.revoked_at.or(Some(now.0)),
        _ if before.is_over() => {
            return Err(Error::new(Code::Conflict, format!("The key is {}; that cannot be undone. Create a new one.", before.as_str())));
        }
        KeyChange::Disable => row.disabled_at = row.disabled_at.or(Some(now.0)),
        KeyChange::Enable => row.disabled_at = None,
    }
    let after = row.view(now)?;
    if after.state != before {
        store::set_state(&mut tx, &row).await?;
        let (was, is) = (json!({ "state": before }), json!({ "state": after.state }));
        audit::record(&mut tx, Some(&permit.org), &permit.actor, change.action(), &row.id, Some(was), Some(is), now).await?;
        if change == KeyChange::Revoke {
            events::record(&mut tx, About::act(permit, after.environment), EventType::KeyRevoked, &after, now).await?;
        }
        tx.announce(Change::Key(row.prefix));
    }
    tx.commit().await?;
    Ok(after)
}

/// [`change_key`] by whoever is signed in.
pub async fn change_as_member(id: &KeyId, change: KeyChange) -> Result<()> {
    let (app, permit) = session::permit::<ManageKeys>().await?;
    change_key(&app.db, &permit, id, change, app.clock.now()).await.map(drop)
}
