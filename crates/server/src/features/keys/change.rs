//! Disabling, enabling and revoking a key.

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::event::EventType;
use tollgate_types::id::KeyId;
use tollgate_types::key::KeyView;
use tollgate_types::time::Timestamp;

use super::granter::Granter;
use super::store;
use crate::access::{ManageKeys, Permit};
use crate::db::{Change, Db};
use crate::webhooks::events::{self, About};
use crate::{Error, Result, audit};

/// A change of an existing key's state.
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

/// Disables, enables or revokes a key: immediately here, within a second on all other instances. If
/// the key already has this state, nothing changes and the call succeeds.
///
/// # Errors
/// `not_found`; `conflict` for a revoked or expired key, except when revoking; for enabling, the
/// errors of [`Granter::check_existing`].
pub async fn change_key(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    change: KeyChange,
    now: Timestamp,
) -> Result<KeyView> {
    let granter =
        if change == KeyChange::Enable { Some(Granter::of(db, permit, now).await?) } else { None };
    let mut tx = db.begin().await?;
    let mut row = store::find_for_update(&mut tx, &permit.org, permit.environment, id)
        .await?
        .ok_or_else(|| Error::not_found("key"))?;
    let before = row.state(now);
    match change {
        KeyChange::Revoke => row.revoked_at = row.revoked_at.or(Some(now.0)),
        _ if before.is_over() => {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "The key is {}, which cannot be undone. Create a new key.",
                    before.as_str()
                ),
            ));
        }
        KeyChange::Disable => row.disabled_at = row.disabled_at.or(Some(now.0)),
        KeyChange::Enable => {
            if let Some(granter) = granter {
                granter.check_existing(&row)?;
            }
            row.disabled_at = None;
        }
    }
    let after = row.view(now)?;
    if after.state != before {
        store::set_state(&mut tx, &row).await?;
        let (was, is) = (json!({ "state": before }), json!({ "state": after.state }));
        audit::record(
            &mut tx,
            Some(&permit.org),
            &permit.actor,
            change.action(),
            &row.id,
            Some(was),
            Some(is),
            now,
        )
        .await?;
        if change == KeyChange::Revoke {
            events::record(
                &mut tx,
                About::act(permit, after.environment),
                EventType::KeyRevoked,
                &after,
                now,
            )
            .await?;
        }
        tx.announce(Change::Key(row.prefix));
    }
    tx.commit().await?;
    Ok(after)
}
