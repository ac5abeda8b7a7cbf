//! Creating and changing a key with the texts of a form, in a browser or on the command line. What
//! cannot be read is reported together with all other faults of the form.

use tollgate_types::environment::Environment;
use tollgate_types::id::KeyId;
use tollgate_types::key::{CreatedKey, KeyInput, KeyView, NewKey};
use tollgate_types::time::{DAY, Timestamp};

use super::{create, settings, update};
use crate::access::{ManageKeys, Permit};
use crate::db::Db;
use crate::{Result, plans};

/// Creates a key from its form.
///
/// # Errors
/// `validation_failed` with every invalid field; the other errors of
/// [`create_key`](super::create_key).
pub async fn create_from(
    db: &Db,
    permit: &Permit<ManageKeys>,
    environment: Environment,
    scopes: Vec<String>,
    expires_in_days: Option<u32>,
    input: KeyInput,
    now: Timestamp,
) -> Result<CreatedKey> {
    let (new, faults) = settings::read(input, plans::billing_currency(db, &permit.org).await?);
    let expires_at = expires_in_days.map(|days| now.plus(i64::from(days) * DAY));
    create(db, permit, NewKey { environment, scopes, expires_at, ..new }, faults, now).await
}

/// Changes a key's name and all its settings.
///
/// # Errors
/// `validation_failed` with every invalid field; the other errors of
/// [`update_key`](super::update_key).
pub async fn update_from(
    db: &Db,
    permit: &Permit<ManageKeys>,
    id: &KeyId,
    input: KeyInput,
    now: Timestamp,
) -> Result<KeyView> {
    let (new, faults) = settings::read(input, plans::billing_currency(db, &permit.org).await?);
    update::update(db, permit, id, settings::replacing(new), faults, now).await
}
