//! API keys: create, list, change, rotate, disable and revoke. The dashboard, `/v1/keys` and the
//! command line all use these functions.

mod allow_list;
mod cache;
mod change;
mod fields;
pub mod form;
mod granter;
mod handover;
mod leak;
mod lifecycle;
mod mails;
mod mask;
mod notices;
mod plain;
mod rotate;
mod scope_use;
mod settings;
mod status;
mod store;
mod terms;
mod update;

use serde_json::json;
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::error::FieldError;
use tollgate_types::event::EventType;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::key::{CreatedKey, KeyFilter, KeyState, KeyView, NewKey};
use tollgate_types::page::Page;
use tollgate_types::time::Timestamp;

use allow_list::AllowList;
pub use cache::{KeyCache, KeyEntry};
pub use change::{KeyChange, change_key};
use granter::Granter;
pub use handover::handover;
pub use leak::{Leak, report_leaks};
use lifecycle::Lifecycle;
pub use mask::masked;
pub use notices::{notify_expiring, prune};
pub use plain::{KeyHash, KeyPrefix, ParsedKey, PlainKey, checksum};
pub use rotate::rotate_key;
pub use scope_use::scope_use;
use settings::Settings;
pub use status::{KeyStatus, status};
pub use store::{LastUse, count_active, set_last_used, spending};
pub use terms::KeyTerms;
pub use update::update_key;

use crate::access::{ManageKeys, Permit, ReadKeys};
use crate::db::{Change, Db, Tx};
use crate::webhooks::events::{self, About};
use crate::{Error, Result, audit, random};

/// The maximum number of keys of an organisation that are neither revoked nor retired.
const MAX_KEYS: i64 = 1_000;

/// Creates a key. The response contains its text, which is stored nowhere else.
///
/// # Errors
/// `validation_failed` for invalid fields; the errors of [`Granter::check`]; `conflict` if there
/// are too many keys.
pub async fn create_key(
    db: &Db,
    permit: &Permit<ManageKeys>,
    new: NewKey,
    now: Timestamp,
) -> Result<CreatedKey> {
    create(db, permit, new, Vec::new(), now).await
}

/// `unread` are the fields of a form that could not be read.
async fn create(
    db: &Db,
    permit: &Permit<ManageKeys>,
    new: NewKey,
    unread: Vec<FieldError>,
    now: Timestamp,
) -> Result<CreatedKey> {
    let checked = fields::check_new(db, &new, unread, now).await?;
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
    row.set_settings(&checked.settings)?;
    let granter = Granter::of(db, permit, now).await?;
    granter.check(&row)?;
    row.spend_id = granter.spend_id;

    let mut tx = db.begin().await?;
    check_room(&mut tx, &permit.org, now).await?;
    store::insert(&mut tx, &row).await?;
    let view = row.view(now)?;
    let mut after = json!({
        "name": view.name, "environment": view.environment, "scopes": view.scopes, "expires_at": view.expires_at,
    });
    checked.settings.add_to(&mut after)?;
    audit::record(
        &mut tx,
        Some(&permit.org),
        &permit.actor,
        "key.created",
        &row.id,
        None,
        Some(after),
        now,
    )
    .await?;
    events::record(&mut tx, About::act(permit, new.environment), EventType::KeyCreated, &view, now)
        .await?;
    tx.announce(Change::Key(row.prefix));
    tx.commit().await?;
    Ok(CreatedKey { view, key: plain.expose().to_owned() })
}

/// # Errors
/// `conflict` if the organisation cannot have another key.
async fn check_room(tx: &mut Tx, org: &OrgId, now: Timestamp) -> Result<()> {
    if store::count_unrevoked(tx, org, now).await? >= MAX_KEYS {
        return Err(Error::new(
            Code::Conflict,
            format!("An organisation has at most {MAX_KEYS} keys. Revoke one that is not used."),
        ));
    }
    Ok(())
}

/// Keys of an organisation, newest first; only those of `environment`, if it is set.
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

/// The maximum length of a search text, in bytes.
const MAX_SEARCH: usize = 200;

/// The keys of one environment that match `filter`, newest first.
///
/// # Errors
/// `validation_failed` for an unknown state.
pub async fn search_keys(
    db: &Db,
    permit: &Permit<ReadKeys>,
    environment: Environment,
    filter: &KeyFilter,
    cursor: Option<&KeyId>,
    limit: i64,
    now: Timestamp,
) -> Result<Page<KeyView>> {
    let state = match filter.state.trim() {
        "" => None,
        text => Some(KeyState::parse(text).ok_or_else(|| {
            Error::field(
                "state",
                "invalid_value",
                "The state must be `active`, `disabled`, `rotating`, `expired` or `revoked`.",
            )
        })?),
    };
    // PostgreSQL does not accept NUL in a text, and no key has one.
    let text = filter.text.trim().replace('\0', "");
    let wanted = store::Wanted { text: &text[..text.floor_char_boundary(MAX_SEARCH)], state };
    let rows = store::search(db, &permit.org, environment, wanted, cursor, limit + 1, now).await?;
    let views = rows.iter().map(|row| row.view(now)).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(views, limit, |key| key.id.to_string()))
}

pub async fn get_key(
    db: &Db,
    permit: &Permit<ReadKeys>,
    id: &KeyId,
    now: Timestamp,
) -> Result<KeyView> {
    let row = store::find(db, &permit.org, permit.environment, id).await?;
    row.ok_or_else(|| Error::not_found("key"))?.view(now)
}
