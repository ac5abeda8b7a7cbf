//! API keys.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::id::KeyId;
use crate::types::key::{CreatedKey, KeyView};
use crate::types::key_use::{Handover, ScopeUse};
use crate::types::page::Page;
use crate::types::rotation::{Overlap, RotatedKey};

/// The organisation's keys, newest first.
#[server(name = ListKeys, endpoint = "list_keys")]
pub async fn list_keys(environment: Environment, cursor: Option<String>) -> Result<Page<KeyView>, UiError> {
    use crate::server::access::ReadKeys;
    use crate::server::{keys, session};

    let (app, permit) = session::permit::<ReadKeys>().await?;
    let cursor = cursor.and_then(|text| text.parse().ok());
    Ok(keys::list_keys(&app.db, &permit, Some(environment), cursor.as_ref(), 50, app.clock.now()).await?)
}

/// Creates a key; its text is in this answer and nowhere else.
#[server(name = CreateKey, endpoint = "create_key")]
pub async fn create_key(
    name: String,
    environment: Environment,
    #[server(default)] scopes: Vec<String>,
    expires_in_days: Option<u32>,
    #[server(default)] ip_allow_list: String,
    #[server(default)] rate_limit: String,
    spend_cap: Option<u64>,
) -> Result<CreatedKey, UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::{keys, session};
    use crate::types::key::NewKey;
    use crate::types::time::DAY;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let now = app.clock.now();
    let expires_at = expires_in_days.map(|days| now.plus(i64::from(days) * DAY));
    let rate_limit = keys::form::rate_limit(&rate_limit)?;
    let ip_allow_list = keys::form::ip_entries(&ip_allow_list);
    let new = NewKey { name, environment, scopes, expires_at, ip_allow_list, rate_limit, spend_cap };
    Ok(keys::create_key(&app.db, &permit, new, now).await?)
}

/// One key.
#[server(name = GetKey, endpoint = "get_key")]
pub async fn get_key(id: String) -> Result<KeyView, UiError> {
    use crate::server::access::ReadKeys;
    use crate::server::{Error, keys, session};

    let (app, permit) = session::permit::<ReadKeys>().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    Ok(keys::get_key(&app.db, &permit, &id, app.clock.now()).await?)
}

/// Makes a key take the place of another; its text is in this answer and nowhere else.
#[server(name = Rotate, endpoint = "rotate_key")]
pub async fn rotate_key(id: KeyId, overlap: Overlap) -> Result<RotatedKey, UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::{keys, session};

    let (app, permit) = session::permit::<ManageKeys>().await?;
    Ok(keys::rotate_key(&app.db, &permit, &id, overlap, app.clock.now()).await?)
}

/// Changes a key's name and bounds, all of them: what is empty is lifted.
#[server(name = UpdateKey, endpoint = "update_key")]
pub async fn update_key(
    id: KeyId,
    name: String,
    #[server(default)] ip_allow_list: String,
    #[server(default)] rate_limit: String,
    spend_cap: Option<u64>,
) -> Result<(), UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::{keys, session};

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let update = keys::KeyUpdate {
        name: Some(name),
        ip_allow_list: Some(Some(keys::form::ip_entries(&ip_allow_list))),
        rate_limit: Some(keys::form::rate_limit(&rate_limit)?),
        spend_cap: Some(spend_cap),
        scopes: None,
    };
    keys::update_key(&app.db, &permit, &id, update, app.clock.now()).await?;
    Ok(())
}

/// Leaves a key only these of its scopes.
#[server(name = NarrowKey, endpoint = "narrow_key")]
pub async fn narrow_key(id: KeyId, #[server(default)] scopes: Vec<String>) -> Result<(), UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::{keys, session};

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let update = keys::KeyUpdate { scopes: Some(scopes), ..keys::KeyUpdate::default() };
    keys::update_key(&app.db, &permit, &id, update, app.clock.now()).await?;
    Ok(())
}

/// Who still calls with a rotated key; none for one that is not rotated.
#[server(name = LoadHandover, endpoint = "key_handover")]
pub async fn load_handover(id: String) -> Result<Option<Handover>, UiError> {
    use crate::server::{Error, keys, session};

    let (app, session) = session::session().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    Ok(keys::handover(&app.db, &session.permit()?, &session.permit()?, &id, app.clock.now()).await?)
}

/// Which of its scopes a key made use of.
#[server(name = LoadScopeUse, endpoint = "key_scope_use")]
pub async fn load_scope_use(id: String) -> Result<ScopeUse, UiError> {
    use crate::server::{Error, keys, session};

    let (app, session) = session::session().await?;
    let id = id.parse().map_err(|_| Error::not_found("key"))?;
    Ok(keys::scope_use(&app, &session.permit()?, &session.permit()?, &id, app.clock.now()).await?)
}

/// Switches a key off until it is enabled again.
#[server(name = DisableKey, endpoint = "disable_key")]
pub async fn disable_key(id: KeyId) -> Result<(), UiError> {
    Ok(crate::server::keys::change_as_member(&id, crate::server::keys::KeyChange::Disable).await?)
}

/// Switches a disabled key on.
#[server(name = EnableKey, endpoint = "enable_key")]
pub async fn enable_key(id: KeyId) -> Result<(), UiError> {
    Ok(crate::server::keys::change_as_member(&id, crate::server::keys::KeyChange::Enable).await?)
}

/// Revokes a key for good.
#[server(name = RevokeKey, endpoint = "revoke_key")]
pub async fn revoke_key(id: KeyId) -> Result<(), UiError> {
    Ok(crate::server::keys::change_as_member(&id, crate::server::keys::KeyChange::Revoke).await?)
}
