//! Changing a key's name and bounds, and taking scopes away.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::AllowList;
use super::fields::{check_name, check_scopes};
use super::granter::Granter;
use super::store::{self, KeyRow};
use crate::server::access::{ManageKeys, Permit};
use crate::server::db::{Change, Db};
use crate::server::{Error, Result, audit};
use crate::types::code::Code;
use crate::types::error::FieldError;
use crate::types::id::KeyId;
use crate::types::key::{KeyView, RateLimit};
use crate::types::patch::present;
use crate::types::scope::Scope;
use crate::types::time::Timestamp;

/// What is to be changed. Absent fields stay; null lifts a bound.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyUpdate {
    /// 1 to 80 characters.
    #[schema(min_length = 1, max_length = 80, example = "Checkout service")]
    pub name: Option<String>,
    /// No more than what the key has: scopes are taken away, never added.
    #[schema(min_items = 1, max_items = 100)]
    pub scopes: Option<Vec<String>>,
    /// Takes the place of the whole list; empty, the key may be used from anywhere.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    pub ip_allow_list: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<RateLimit>)]
    pub rate_limit: Option<Option<RateLimit>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<u64>, maximum = 1_000_000_000_000_u64)]
    pub spend_cap: Option<Option<u64>>,
}

/// Changes what `update` names: at once here, within a second on every other instance.
///
/// # Errors
/// `not_found`; `conflict` for a key that is over; `validation_failed`, also for a scope the key does not
/// have; what [`Granter::check`] says of the key as it would be.
pub async fn update_key(db: &Db, permit: &Permit<ManageKeys>, id: &KeyId, update: KeyUpdate, now: Timestamp) -> Result<KeyView> {
    let granter = Granter::of(db, permit, now).await?;
    let mut tx = db.begin().await?;
    let old = store::find_for_update(&mut tx, &permit.org, permit.environment, id).await?.ok_or_else(|| Error::not_found("key"))?;
    let state = old.state(now);
    if state.is_over() {
        return Err(Error::new(Code::Conflict, format!("The key is {}; there is nothing left to change.", state.as_str())));
    }
    let new = apply(&old, update)?;
    let (was, is) = (settings(&old.view(now)?), settings(&new.view(now)?));
    if was != is {
        granter.check(&new)?;
        store::set_settings(&mut tx, &new).await?;
        let (was, is) = differences(was, is);
        audit::record(&mut tx, Some(&permit.org), &permit.actor, "key.updated", &new.id, Some(was), Some(is), now).await?;
        tx.announce(Change::Key(new.prefix.clone()));
    }
    let view = new.view(now)?;
    tx.commit().await?;
    Ok(view)
}

fn apply(old: &KeyRow, update: KeyUpdate) -> Result<KeyRow> {
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
                format!("The key lacks `{scope}`, and scopes are never added. Create a key that has it."),
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
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    new.set_bounds(&bounds)?;
    Ok(new)
}

/// What an update can change.
fn settings(key: &KeyView) -> [(&'static str, Value); 5] {
    [
        ("name", json!(key.name)),
        ("scopes", json!(key.scopes)),
        ("ip_allow_list", json!(key.ip_allow_list)),
        ("rate_limit", json!(key.rate_limit)),
        ("spend_cap", json!(key.spend_cap)),
    ]
}

/// What differs, as it was and as it is.
fn differences<const N: usize>(was: [(&'static str, Value); N], is: [(&'static str, Value); N]) -> (Value, Value) {
    let changed = was.into_iter().zip(is).filter(|(was, is)| was != is);
    let (was, is): (Map<_, _>, Map<_, _>) = changed.map(|((name, was), (_, is))| ((name.to_owned(), was), (name.to_owned(), is))).unzip();
    (was.into(), is.into())
}
