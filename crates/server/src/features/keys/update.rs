//! Changing a key's name and settings, and removing scopes.

use serde_json::{Map, Value, json};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use tollgate_types::id::KeyId;
use tollgate_types::key::{KeyUpdate, KeyView};
use tollgate_types::scope::Scope;
use tollgate_types::time::Timestamp;

use super::fields::{check_name, check_scopes};
use super::granter::Granter;
use super::store::{self, KeyRow};
use crate::access::{ManageKeys, Permit};
use crate::db::{Change, Db};
use crate::{Error, Result, audit};

/// Applies `update`: immediately here, within a second on all other instances.
///
/// # Errors
/// `not_found`; `conflict` for a key that has ended; `validation_failed`, also for a scope that the
/// key does not have; the errors of [`Granter::check_existing`] for the key before and after the
/// change.
pub async fn update_key(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    update: KeyUpdate,
    now: Timestamp,
) -> Result<KeyView> {
    self::update(db, permit, id, update, Vec::new(), now).await
}

/// `unread` are the fields of a form that could not be read: they are reported together with the
/// faults of the others.
pub(super) async fn update(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    update: KeyUpdate,
    unread: Vec<FieldError>,
    now: Timestamp,
) -> Result<KeyView> {
    let granter = Granter::of(db, permit, now).await?;
    let mut tx = db.begin().await?;
    let old = store::find_for_update(&mut tx, &permit.org, permit.environment, id)
        .await?
        .ok_or_else(|| Error::not_found("key"))?;
    let state = old.state(now);
    if state.is_over() {
        return Err(Error::new(
            Code::Conflict,
            format!("The key is {} and cannot be changed. Create a new key.", state.as_str()),
        ));
    }
    let new = apply(&old, &update, unread)?;
    let (was, is) = (changeable(&old)?, changeable(&new)?);
    if was != is {
        granter.check_existing(&old)?;
        granter.check_existing(&new)?;
        store::update(&mut tx, &new).await?;
        let (was, is) = differences(&was, &is);
        audit::record(
            &mut tx,
            Some(&permit.org),
            &permit.actor,
            "key.updated",
            &new.id,
            Some(was),
            Some(is),
            now,
        )
        .await?;
        tx.announce(Change::Key(new.prefix.clone()));
    }
    let view = new.view(now)?;
    tx.commit().await?;
    Ok(view)
}

fn apply(old: &KeyRow, update: &KeyUpdate, unread: Vec<FieldError>) -> Result<KeyRow> {
    let mut errors = Vec::new();
    let (mut new, mut settings) = (old.clone(), old.settings()?);
    if let Some(name) = &update.name {
        new.name = check_name(name, &mut errors);
    }
    if let Some(texts) = &update.scopes {
        let (had, scopes) = (old.scopes()?, check_scopes(texts, &mut errors));
        let added = |scope: &&Scope| !had.iter().any(|held| held.covers(scope.as_str()));
        errors.extend(scopes.iter().filter(added).map(|scope| {
            FieldError::new(
                "scopes",
                "not_narrower",
                format!("The key does not have `{scope}`, and scopes cannot be added to a key. Create a key with this scope."),
            )
        }));
        new.scopes = serde_json::to_string(&scopes)?;
    }
    settings.change(update, &mut errors);
    errors.extend(unread);
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    new.set_settings(&settings)?;
    Ok(new)
}

/// The fields that an update can change.
fn changeable(key: &KeyRow) -> Result<Value> {
    let mut fields = json!({ "name": key.name, "scopes": key.scopes()? });
    key.settings()?.add_to(&mut fields)?;
    Ok(fields)
}

/// The changed fields, before and after.
fn differences(was: &Value, is: &Value) -> (Value, Value) {
    let changed = |own: &Value, other: &Value| -> Map<String, Value> {
        let fields = own.as_object().into_iter().flatten();
        fields
            .filter(|(name, value)| other[name.as_str()] != **value)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    (changed(was, is).into(), changed(is, was).into())
}
