//! API keys.

use leptos::prelude::*;

use crate::actions::error::UiError;
use crate::types::environment::Environment;
use crate::types::id::KeyId;
use crate::types::key::{CreatedKey, KeyFilter, KeyInput, KeyView};
use crate::types::key_use::{Handover, ScopeUse};
use crate::types::page::Page;
use crate::types::rotation::{Overlap, RotatedKey};
use crate::types::time::Timestamp;

/// The organisation's keys, newest first.
#[server(name = ListKeys, endpoint = "list_keys")]
pub async fn list_keys(
    environment: Environment,
    #[server(default)] filter: KeyFilter,
    cursor: Option<String>,
) -> Result<Page<KeyView>, UiError> {
    use crate::server::access::ReadKeys;
    use crate::server::keys;
    use crate::web::session;

    let (app, permit) = session::permit::<ReadKeys>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(keys::search_keys(
        &app.db,
        &permit,
        environment,
        &filter,
        cursor.as_ref(),
        50,
        app.clock.now(),
    )
    .await?)
}

/// Creates a key; its text is returned once.
#[server(name = CreateKey, endpoint = "create_key")]
pub async fn create_key(
    environment: Environment,
    #[server(default)] scopes: Vec<String>,
    expires_in_days: Option<u32>,
    #[server(flatten)] input: KeyInput,
) -> Result<CreatedKey, UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::keys::form::create_from;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let now = app.clock.now();
    Ok(create_from(&app.db, &permit, environment, scopes, expires_in_days, input, now).await?)
}

/// One key.
#[server(name = GetKey, endpoint = "get_key")]
pub async fn get_key(id: String) -> Result<KeyView, UiError> {
    use crate::server::access::ReadKeys;
    use crate::server::{Error, keys};
    use crate::web::session;

    let (app, permit) = session::permit::<ReadKeys>().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    Ok(keys::get_key(&app.db, &permit, &id, app.clock.now()).await?)
}

/// Creates a key that replaces another; its text is returned once.
#[server(name = Rotate, endpoint = "rotate_key")]
pub async fn rotate_key(id: KeyId, overlap: Overlap) -> Result<RotatedKey, UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::keys;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    Ok(keys::rotate_key(&app.db, &permit, &id, overlap, app.clock.now()).await?)
}

/// Changes a key's name and all its settings: empty values remove them.
#[server(name = UpdateKey, endpoint = "update_key")]
pub async fn update_key(id: KeyId, #[server(flatten)] input: KeyInput) -> Result<(), UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::keys::form::update_from;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    update_from(&app.db, &permit, &id, input, app.clock.now()).await?;
    Ok(())
}

/// Reduces a key's scopes to these.
#[server(name = NarrowKey, endpoint = "narrow_key")]
pub async fn narrow_key(id: KeyId, #[server(default)] scopes: Vec<String>) -> Result<(), UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::keys;
    use crate::types::key::KeyUpdate;
    use crate::web::session;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let update = KeyUpdate { scopes: Some(scopes), ..KeyUpdate::default() };
    keys::update_key(&app.db, &permit, &id, update, app.clock.now()).await?;
    Ok(())
}

/// The callers of a rotated key; `None` for one that is not rotated.
#[server(name = LoadHandover, endpoint = "key_handover")]
pub async fn load_handover(id: String) -> Result<Option<Handover>, UiError> {
    use crate::server::{Error, keys};
    use crate::web::session;

    let (app, session) = session::session().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    Ok(keys::handover(&app.db, &session.permit()?, &session.permit()?, &id, app.clock.now())
        .await?)
}

/// Which of its scopes a key used.
#[server(name = LoadScopeUse, endpoint = "key_scope_use")]
pub async fn load_scope_use(id: String) -> Result<ScopeUse, UiError> {
    use crate::server::{Error, keys};
    use crate::web::session;

    let (app, session) = session::session().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    let catalogue = app.products.catalogue(&app.db).await;
    Ok(keys::scope_use(
        &app.db,
        &catalogue,
        &session.permit()?,
        &session.permit()?,
        &id,
        app.clock.now(),
    )
    .await?)
}

/// The usage of a key in the current and the previous hour, and the start of that period.
#[server(name = LoadRecentCalls, endpoint = "key_recent_calls")]
pub async fn load_recent_calls(id: String) -> Result<(u64, Timestamp), UiError> {
    use crate::server::{Error, keys, usage};
    use crate::web::session;

    let (app, session) = session::session().await?;
    let (id, now) = (id.parse().map_err(|_| Error::not_found("key"))?, app.clock.now());
    let key = keys::get_key(&app.db, &session.permit()?, &id, now).await?;
    Ok(usage::recent_calls(&app.db, &session.permit()?, key.environment, &id, now).await?)
}

/// Disables a key.
#[server(name = DisableKey, endpoint = "disable_key")]
pub async fn disable_key(id: KeyId) -> Result<(), UiError> {
    use crate::server::keys::{self, KeyChange};
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    keys::change_key(&app.db, &permit, &id, KeyChange::Disable, app.clock.now()).await?;
    Ok(())
}

/// Enables a disabled key.
#[server(name = EnableKey, endpoint = "enable_key")]
pub async fn enable_key(id: KeyId) -> Result<(), UiError> {
    use crate::server::keys::{self, KeyChange};
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    keys::change_key(&app.db, &permit, &id, KeyChange::Enable, app.clock.now()).await?;
    Ok(())
}

/// Revokes a key permanently.
#[server(name = RevokeKey, endpoint = "revoke_key")]
pub async fn revoke_key(id: KeyId) -> Result<(), UiError> {
    use crate::server::keys::{self, KeyChange};
    use crate::web::session;

    let (app, permit) = session::permit().await?;
    keys::change_key(&app.db, &permit, &id, KeyChange::Revoke, app.clock.now()).await?;
    Ok(())
}
