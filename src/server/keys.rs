//! API keys: making them, listing them, changing and rotating them, switching them off. The dashboard, `/v1/keys` and the
//! command line all come through here.

mod allow_list;
mod bounds;
mod cache;
mod change;
mod fields;
pub mod form;
mod granter;
mod handover;
mod leak;
mod letters;
mod lifecycle;
mod notices;
mod plain;
mod rotate;
mod scope_use;
mod store;
mod terms;
mod update;

use serde_json::json;

use allow_list::AllowList;
use bounds::Bounds;
pub use cache::{KeyCache, KeyEntry};
pub use change::{KeyChange, change_as_member, change_key};
use granter::Granter;
pub use handover::handover;
pub use leak::{Leak, report_leaks};
use lifecycle::Lifecycle;
pub use notices::{prune, tell_expiring};
pub use plain::{KeyHash, KeyPrefix, ParsedKey, PlainKey, checksum};
pub use rotate::rotate_key;
pub use scope_use::scope_use;
pub use store::{LastUse, count_active, label, set_last_used, spending};
pub use terms::KeyTerms;
pub use update::{KeyUpdate, update_key};

use super::access::{ManageKeys, Permit, ReadKeys};
use super::db::{Change, Db, Tx};
use super::events::{self, About};
use super::{Error, Result, audit, random};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::event::EventType;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::{CreatedKey, KeyView, NewKey};
use crate::types::page::Page;
use crate::types::time::Timestamp;

/// Keys of one organisation that are neither revoked nor retired.
const MAX_KEYS: i64 = 1_000;

/// Creates a key. Its text is in the answer and nowhere else.
///
/// # Errors
/// `validation_failed` for fields that are wrong; what [`Granter::check`] says; `conflict` where there is no room.
pub async fn create_key(db: &Db, permit: &Permit<ManageKeys>, new: NewKey, now: Timestamp) -> Result<CreatedKey> {
    let checked = fields::check_new(db, &new, now).await?;
    let plain = PlainKey::generate(new.environment);
    let mut row = store::KeyRow {
        id: random::id::<KeyId>().into(),
        org_id: permit.org.to_string(),
        environment: new.environment.as_str().into(),
        prefix: plain.prefix().to_string(),
        key_hash: plain.hash().as_bytes().to_vec(),
        name: checked.name,
        scopes: serde_json::to_string(&checked.scopes)?,
        created_by: permit.actor.id.as_ref().into(),
        created_at: now.0,
        expires_at: new.expires_at.map(|at| at.0),
        ..store::KeyRow::default()
    };
    row.set_bounds(&checked.bounds)?;
    let granter = Granter::of(db, permit, now).await?;
    granter.check(&row)?;
    row.spend_id = granter.spend_id;

    let mut tx = db.begin().await?;
    check_room(&mut tx, &permit.org, now).await?;
    store::insert(&mut tx, &row).await?;
    let view = row.view(now)?;
    let after = json!({
        "name": view.name, "environment": view.environment, "scopes": view.scopes, "expires_at": view.expires_at,
        "ip_allow_list": view.ip_allow_list, "rate_limit": view.rate_limit, "spend_cap": view.spend_cap,
    });
    audit::record(&mut tx, Some(&permit.org), &permit.actor, "key.created", &row.id, None, Some(after), now).await?;
    events::record(&mut tx, About::act(permit, new.environment), EventType::KeyCreated, &view, now).await?;
    tx.announce(Change::Key(row.prefix));
    tx.commit().await?;
    Ok(CreatedKey { view, key: plain.expose().to_owned() })
}

/// # Errors
/// `conflict` where there is no room for another key.
async fn check_room(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<()> {
    if store::count_unrevoked(tx, org, now).await? >= MAX_KEYS {
        return Err(Error::new(Code::Conflict, format!("An organisation has at most {MAX_KEYS} keys. Revoke one that is not used.")));
    }
    Ok(())
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
