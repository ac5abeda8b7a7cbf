//! Changing a key's name and bounds, and removing scopes.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;
use tollgate_types::id::KeyId;
use tollgate_types::key::{KeyView, RateLimit};
use tollgate_types::patch::present;
use tollgate_types::scope::Scope;
use tollgate_types::time::Timestamp;

use super::AllowList;
use super::fields::{check_name, check_scopes};
use super::granter::Granter;
use super::store::{self, KeyRow};
use crate::access::{ManageKeys, Permit};
use crate::db::{Change, Db};
use crate::{Error, Result, audit};

/// Changes to a key. Absent fields keep their values.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyUpdate {
    /// New name, 1 to 80 characters. Absent or null: unchanged.
    #[schema(min_length = 1, max_length = 80, example = "Checkout service")]
    pub name: Option<String>,
    /// Scopes that the key keeps, 1 to 100. Scopes can be removed, never added. Absent or null:
    /// unchanged.
    #[schema(min_items = 1, max_items = 100)]
    pub scopes: Option<Vec<String>>,
    /// IP addresses and networks (CIDR) from which the key can be used, up to 50. Replaces the
    /// whole list. Null or an empty list: from all addresses. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    pub ip_allow_list: Option<Option<Vec<String>>>,
    /// Rate limit of the key. It can only tighten the plan's limit: the smaller burst and the
    /// slower rate apply. Null removes it. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<RateLimit>)]
    pub rate_limit: Option<Option<RateLimit>>,
    /// Maximum cost of the key's calls beyond the units that the plan includes, per calendar month
    /// (UTC), in minor units of the organisation's currency: 5000 is 50.00 USD. Further calls get
    /// `spend_cap_reached`. Null removes the cap. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<u64>, maximum = 1_000_000_000_000_u64)]
    pub spend_cap: Option<Option<u64>>,
}

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
    let new = apply(&old, update, unread)?;
    let (was, is) = (settings(&old.view(now)?), settings(&new.view(now)?));
    if was != is {
        granter.check_existing(&old)?;
        granter.check_existing(&new)?;
        store::set_settings(&mut tx, &new).await?;
        let (was, is) = differences(was, is);
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

fn apply(old: &KeyRow, update: KeyUpdate, unread: Vec<FieldError>) -> Result<KeyRow> {
    let mut errors = Vec::new();
    let (mut new, mut bounds) = (old.clone(), old.bounds()?);
    if let Some(name) = update.name {
        new.name = check_name(&name, &mut errors);
    }
    if let Some(texts) = update.scopes {
        let (had, scopes) = (old.scopes()?, check_scopes(&texts, &mut errors));
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
    if let Some(entries) = update.ip_allow_list {
        bounds.ip_allow_list = AllowList::check(&entries.unwrap_or_default(), &mut errors);
    }
    bounds.rate_limit = update.rate_limit.unwrap_or(bounds.rate_limit);
    bounds.spend_cap = update.spend_cap.unwrap_or(bounds.spend_cap);
    bounds.check(&mut errors);
    errors.extend(unread);
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    new.set_bounds(&bounds)?;
    Ok(new)
}

/// The fields that an update can change.
fn settings(key: &KeyView) -> [(&'static str, Value); 5] {
    [
        ("name", json!(key.name)),
        ("scopes", json!(key.scopes)),
        ("ip_allow_list", json!(key.ip_allow_list)),
        ("rate_limit", json!(key.rate_limit)),
        ("spend_cap", json!(key.spend_cap)),
    ]
}

/// The changed fields, before and after.
fn differences<const N: usize>(
    was: [(&'static str, Value); N],
    is: [(&'static str, Value); N],
) -> (Value, Value) {
    let changed = was.into_iter().zip(is).filter(|(was, is)| was != is);
    let (was, is): (Map<_, _>, Map<_, _>) = changed
        .map(|((name, was), (_, is))| ((name.to_owned(), was), (name.to_owned(), is)))
        .unzip();
    (was.into(), is.into())
}
