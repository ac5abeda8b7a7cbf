//! API keys: making them, listing them, switching them off. The dashboard, `/v1/keys` and the
//! command line all come through here.

mod cache;
mod plain;
mod store;

use serde_json::json;

pub use cache::{KeyCache, KeyEntry};
pub use plain::{KeyHash, KeyPrefix, ParsedKey, PlainKey};
pub use store::{LastUse, count_active, label, set_last_used, spend_cap};

use super::access::{ActorKind, ManageKeys, Permit, ReadKeys};
use super::db::{Change, Db};
use super::events::{self, About};
use super::{Error, Result, accounts, audit, random, session};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::error::FieldError;
use crate::types::event::EventType;
use crate::types::id::{KeyId, UserId};
use crate::types::key::{CreatedKey, KeyState, KeyView, NewKey};
use crate::types::page::Page;
use crate::types::scope::{PLATFORM, Scope};
use crate::types::time::{DAY, Timestamp};

/// Keys of one organisation that are not revoked.
const MAX_KEYS: i64 = 1_000;
const MAX_SCOPES: usize = 100;
const MAX_LIFETIME: i64 = 3_653 * DAY;

/// Creates a key. Its text is in the answer and nowhere else.
///
/// # Errors
/// `validation_failed` for a bad name, scope or expiry; `forbidden` for a scope or environment the
/// creator lacks, and for a live key of somebody whose e-mail address is not verified.
pub async fn create_key(db: &Db, permit: &Permit<ManageKeys>, new: NewKey, now: Timestamp) -> Result<CreatedKey> {
    let scopes = check_new(&new, now)?;
    for scope in &scopes {
        if !permit.can_grant(scope, new.environment) {
            return Err(Error::new(Code::Forbidden, format!("A key cannot grant what it lacks: `{scope}` in {}.", new.environment)));
        }
    }
    if permit.expires_at.is_some_and(|own| new.expires_at.is_none_or(|at| at > own)) {
        return Err(Error::new(Code::Forbidden, "A key cannot make one that outlives it: give `expires_at`, no later than its own."));
    }
    if new.environment == Environment::Live && permit.actor.kind == ActorKind::User {
        let user: UserId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
        if !accounts::is_verified(db, &user).await? {
            return Err(Error::new(Code::Forbidden, "Verify your e-mail address before you create a live key. Sandbox keys work at once."));
        }
    }

    let plain = PlainKey::generate(new.environment);
    let row = store::KeyRow {
        id: random::id::<KeyId>().into(),
        org_id: permit.org.to_string(),
        environment: new.environment.as_str().into(),
        prefix: plain.prefix().to_string(),
        key_hash: plain.hash().as_bytes().to_vec(),
        name: new.name.trim().to_owned(),
        scopes: serde_json::to_string(&scopes)?,
        created_by: permit.actor.id.as_ref().into(),
        created_at: now.0,
        expires_at: new.expires_at.map(|at| at.0),
        disabled_at: None,
        revoked_at: None,
        last_used_at: None,
        last_used_ip: None,
        last_used_agent: None,
    };
    let mut tx = db.begin().await?;
    if store::count_unrevoked(&mut tx, &permit.org).await? >= MAX_KEYS {
        return Err(Error::new(Code::Conflict, format!("An organisation has at most {MAX_KEYS} keys. Revoke one that is not used.")));
    }
    store::insert(&mut tx, &row).await?;
    let after = json!({ "name": row.name, "environment": row.environment, "scopes": scopes });
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "key.created", &row.id, None, Some(after), now).await?;
    let view = row.view(now)?;
    events::record(&mut tx, About::act(permit, new.environment), EventType::KeyCreated, &view, now).await?;
    tx.announce(Change::Key(row.prefix));
    tx.commit().await?;
    Ok(CreatedKey { view, key: plain.expose().to_owned() })
}

/// Reads the scopes of a new key and checks the rest, naming every field that is wrong.
fn check_new(new: &NewKey, now: Timestamp) -> Result<Vec<Scope>> {
    let mut errors = Vec::new();
    let length = new.name.trim().chars().count();
    if !(1..=80).contains(&length) || new.name.chars().any(char::is_control) {
        errors.push(FieldError::new("name", "invalid_length", "Give the key a name of 1 to 80 visible characters."));
    }
    if new.expires_at.is_some_and(|at| at <= now || at > now.plus(MAX_LIFETIME)) {
        errors.push(FieldError::new("expires_at", "out_of_range", "The expiry must lie in the future, at most ten years ahead."));
    }
    if !(1..=MAX_SCOPES).contains(&new.scopes.len()) {
        errors.push(FieldError::new("scopes", "invalid_length", "Choose at least one scope."));
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for text in new.scopes.iter().take(MAX_SCOPES) {
        match text.parse::<Scope>() {
            Ok(scope) if is_known(&scope) => scopes.push(scope),
            _ => errors.push(FieldError::new("scopes", "unknown_scope", format!("There is no scope `{text}`."))),
        }
    }
    scopes.sort();
    scopes.dedup();
    if errors.is_empty() { Ok(scopes) } else { Err(Error::fields(errors)) }
}

/// True if the scope is one of the platform's, or `*` for one of its resources.
fn is_known(scope: &Scope) -> bool {
    PLATFORM.iter().any(|(known, _)| scope.covers(known))
}

/// Keys of an organisation, newest first; of one environment, if one is named.
pub async fn list_keys(
    db: &Db,
    permit: &Permit<ReadKeys>,
    environment: Option<Environment>,
    cursor: Option<&KeyId>,
    limit: i64,
    now: Timestamp,
) -> Result<Page<KeyView>> {
    let environment = permit.environment.or(environment);
    let rows = store::list(db, &permit.org, environment, cursor, limit + 1).await?;
    let views = rows.iter().map(|row| row.view(now)).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(views, limit, |key| key.id.to_string()))
}

pub async fn get_key(db: &Db, permit: &Permit<ReadKeys>, id: &KeyId, now: Timestamp) -> Result<KeyView> {
    let row = store::find(db, &permit.org, permit.environment, id).await?;
    row.ok_or_else(|| Error::not_found("key"))?.view(now)
}

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
    let before = row.view(now)?.state;
    match change {
        KeyChange::Revoke => row.revoked_at = row.revoked_at.or(Some(now.0)),
        _ if matches!(before, KeyState::Revoked | KeyState::Expired) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn new_key() -> NewKey {
        NewKey { name: "Checkout".into(), environment: Environment::Sandbox, scopes: vec!["customers:read".into()], expires_at: None }
    }

    #[test]
    fn every_wrong_field_of_a_new_key_is_named() {
        let bad =
            NewKey { name: " ".into(), scopes: vec!["customers:fly".into(), "*".into()], expires_at: Some(Timestamp(1)), ..new_key() };
        let Err(Error::Problem(problem)) = check_new(&bad, Timestamp(2)) else { panic!("must fail") };
        let fields: Vec<&str> = problem.errors.iter().map(|e| e.location.as_str()).collect();
        assert_eq!(fields, ["name", "expires_at", "scopes", "scopes"]);
    }

    #[test]
    fn a_scope_named_twice_is_kept_once() {
        let twice = NewKey { scopes: vec!["customers:*".into(), "customers:*".into()], ..new_key() };
        assert_eq!(check_new(&twice, Timestamp(0)).unwrap().len(), 1);
    }
}
