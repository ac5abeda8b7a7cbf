//! API keys.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::id::KeyId;
use crate::types::key::{CreatedKey, KeyView};
use crate::types::page::Page;

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
) -> Result<CreatedKey, UiError> {
    use crate::server::access::ManageKeys;
    use crate::server::{keys, session};
    use crate::types::key::NewKey;
    use crate::types::time::DAY;

    let (app, permit) = session::permit::<ManageKeys>().await?;
    let now = app.clock.now();
    let expires_at = expires_in_days.map(|days| now.plus(i64::from(days) * DAY));
    Ok(keys::create_key(&app.db, &permit, NewKey { name, environment, scopes, expires_at, ..NewKey::default() }, now).await?)
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
