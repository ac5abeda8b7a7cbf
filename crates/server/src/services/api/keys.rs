//! `/v1/keys`. A key sees and changes only keys of its own environment.

use axum::extract::State;
use axum::http::StatusCode;
use tollgate_types::id::KeyId;
use tollgate_types::key::{CreatedKey, KeyUpdate, KeyView, NewKey};
use tollgate_types::page::Page;
use tollgate_types::rotation::{RotateKey, RotatedKey};

use super::extract::{ApiError, Id, Json, ListQuery, OptionalJson, Params};
use crate::access::{ManageKeys, ReadKeys};
use crate::gateway::ApiKey;
use crate::keys::{self, KeyChange};
use crate::{App, Error};

/// List keys
///
/// Returns the keys of the calling key's environment, newest first, without their secrets. Revoked
/// and expired keys are included.
#[utoipa::path(get, path = "/v1/keys", operation_id = "listKeys", tag = "Keys", params(ListQuery),
    responses((status = 200, description = "One page of keys, newest first, without their secrets", body = Page<KeyView>)))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadKeys>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<KeyView>>, ApiError> {
    let (limit, cursor) = query.check()?;
    Ok(Json(keys::list_keys(&app.db, &key, None, cursor.as_ref(), limit, key.now).await?))
}

/// Create a key
///
/// Creates a key with its own id and secret. The response contains the whole key; it cannot be
/// shown again. The new key cannot exceed the calling key: `wrong_environment`,
/// `insufficient_scope` or `forbidden` is returned if it would have another environment, a scope
/// that the calling key lacks, a later expiry, a wider address list, or a higher rate limit or
/// spend cap. Returns `validation_failed` if a field is not valid, and `conflict` if the
/// organisation has 1,000 keys that are not revoked.
#[utoipa::path(post, path = "/v1/keys", operation_id = "createKey", tag = "Keys", request_body = NewKey,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The new key, with its secret", body = CreatedKey)))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(keys::create_key(&app.db, &key, new, key.now).await.map_err(Error::in_body)?),
    ))
}

/// Get a key
///
/// Returns one key by id, without its secret. Returns `not_found` if the id does not exist in the
/// calling key's environment.
#[utoipa::path(get, path = "/v1/keys/{id}", operation_id = "getKey", tag = "Keys",
    responses((status = 200, description = "The key, without its secret", body = KeyView)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadKeys>,
    Id(id): Id<KeyId>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::get_key(&app.db, &key, &id, key.now).await?))
}

/// Update a key
///
/// Changes only the fields that you send. Absent fields keep their values; null removes the address
/// list, the rate limit or the spend cap. Scopes can be removed, never added. Before and after the
/// change, the calling key must have all scopes of the updated key, and no tighter address list,
/// rate limit, spend cap or expiry. Otherwise `insufficient_scope` or `forbidden` is returned.
/// Returns `conflict` if the key is revoked or expired.
#[utoipa::path(patch, path = "/v1/keys/{id}", operation_id = "updateKey", tag = "Keys",
    request_body = KeyUpdate,
    responses((status = 200, description = "The updated key", body = KeyView)))]
pub async fn update(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
    Json(update): Json<KeyUpdate>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::update_key(&app.db, &key, &id, update, key.now).await.map_err(Error::in_body)?))
}

/// Rotate a key
///
/// Creates a key with a new id and secret and the settings of the old key. The response contains
/// the whole new key; it cannot be shown again. The old key works until the overlap ends; until
/// then, responses to calls with it have the headers `Deprecation` and `Sunset`. You cannot undo a
/// rotation. The calling key must have all scopes of the rotated key, and no tighter address list,
/// rate limit, spend cap or expiry. Otherwise `insufficient_scope` or `forbidden` is returned.
/// Returns `conflict` if the key is revoked, expired or already rotated.
#[utoipa::path(post, path = "/v1/keys/{id}/rotate", operation_id = "rotateKey", tag = "Keys",
    request_body = RotateKey,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The new key, with its secret, and the old key", body = RotatedKey)))]
pub async fn rotate(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
    OptionalJson(how): OptionalJson<RotateKey>,
) -> Result<(StatusCode, Json<RotatedKey>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(keys::rotate_key(&app.db, &key, &id, how.overlap, key.now).await?),
    ))
}

/// Disable a key
///
/// Disables a key: calls with it get `disabled_key` until the key is enabled again. Takes effect
/// within one second on all instances of the server. Returns `conflict` if the key is revoked or
/// expired.
#[utoipa::path(post, path = "/v1/keys/{id}/disable", operation_id = "disableKey", tag = "Keys",
    responses((status = 200, description = "The updated key", body = KeyView)))]
pub async fn disable(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Disable, key.now).await?))
}

/// Enable a key
///
/// Enables a disabled key: it works again within one second on all instances of the server. The
/// calling key must have all scopes of the enabled key, and no tighter address list, rate limit,
/// spend cap or expiry. Otherwise `insufficient_scope` or `forbidden` is returned. Returns
/// `conflict` if the key is revoked or expired.
#[utoipa::path(post, path = "/v1/keys/{id}/enable", operation_id = "enableKey", tag = "Keys",
    responses((status = 200, description = "The updated key", body = KeyView)))]
pub async fn enable(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Enable, key.now).await?))
}

/// Revoke a key
///
/// Revokes the key permanently. You cannot undo this. Within one second, calls with the key get
/// `revoked_key` on all instances of the server. Records the event `key.revoked`.
#[utoipa::path(post, path = "/v1/keys/{id}/revoke", operation_id = "revokeKey", tag = "Keys",
    responses((status = 200, description = "The updated key", body = KeyView)))]
pub async fn revoke(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Revoke, key.now).await?))
}
