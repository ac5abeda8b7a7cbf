//! Rotating a key: a new one replaces it, and the old one works until the overlap ends.

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::event::EventType;
use tollgate_types::id::KeyId;
use tollgate_types::key::CreatedKey;
use tollgate_types::rotation::{Overlap, RotatedKey};
use tollgate_types::time::Timestamp;

use super::granter::Granter;
use super::store::{self, KeyRow};
use super::{PlainKey, check_room};
use crate::access::{ManageKeys, Permit};
use crate::db::{Change, Db};
use crate::webhooks::events::{self, About};
use crate::{Error, Result, audit, random};

/// Creates a key like `id`, with a new id and secret. The old key works until the overlap ends, but
/// never past its own expiry.
///
/// # Errors
/// `not_found`; `conflict` for a key that has ended or was already rotated; the errors of
/// [`Granter::check_existing`] for the new key.
pub async fn rotate_key(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    overlap: Overlap,
    now: Timestamp,
) -> Result<RotatedKey> {
    let granter = Granter::of(db, permit, now).await?;
    let mut tx = db.begin().await?;
    let mut old = store::find_for_update(&mut tx, &permit.org, permit.environment, id)
        .await?
        .ok_or_else(|| Error::not_found("key"))?;
    let before = old.state(now);
    if before.is_over() {
        let detail =
            format!("The key is {}, so it cannot be rotated. Create a new key.", before.as_str());
        return Err(Error::new(Code::Conflict, detail));
    }
    if let Some(next) = &old.rotated_to {
        return Err(Error::new(
            Code::Conflict,
            format!("The key has already been rotated: {next} replaced it. Rotate that key."),
        ));
    }

    let plain = PlainKey::generate(old.environment()?);
    let new = KeyRow {
        id: random::id::<KeyId>().into(),
        prefix: plain.prefix().to_string(),
        key_hash: plain.hash().as_bytes().to_vec(),
        created_by: permit.actor.id.as_ref().into(),
        created_at: now.0,
        rotated_from: Some(old.id.clone()),
        spend_id: Some(old.spend_id().to_owned()),
        disabled_at: None,
        last_used_at: None,
        last_used_ip: None,
        last_used_agent: None,
        ..old.clone()
    };
    granter.check_existing(&new)?;
    let ends = now.plus(overlap.length()).0;
    old.retires_at = Some(old.expires_at.map_or(ends, |expiry| expiry.min(ends)));
    old.rotated_at = Some(now.0);
    old.rotated_to = Some(new.id.clone());
    store::set_rotation(&mut tx, &old).await?;
    // Counted after the old key is retired: without overlap the number of keys does not change.
    check_room(&mut tx, &permit.org, now).await?;
    store::insert(&mut tx, &new).await?;

    let replaces = old.view(now)?;
    let was = json!({ "state": before });
    let is =
        json!({ "state": replaces.state, "rotated_to": new.id, "retires_at": replaces.retires_at });
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "key.rotated",
        &old.id,
        Some(was),
        Some(is),
        now,
    )
    .await?;
    events::record(
        &mut tx,
        About::act(permit, replaces.environment),
        EventType::KeyRotated,
        &replaces,
        now,
    )
    .await?;
    let created = CreatedKey { view: new.view(now)?, key: plain.expose().to_owned() };
    tx.announce(Change::Key(old.prefix));
    tx.announce(Change::Key(new.prefix));
    tx.commit().await?;
    Ok(RotatedKey { created, replaces })
}
