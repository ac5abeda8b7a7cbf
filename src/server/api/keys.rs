//! `/v1/keys`. A key sees and changes only keys of its own environment.

use axum::extract::State;
use axum::http::StatusCode;

use super::extract::{ApiError, Id, Json, ListQuery, OptionalJson, Params};
use crate::server::access::{ManageKeys, ReadKeys};
use crate::server::gateway::ApiKey;
use crate::server::keys::{self, KeyChange, KeyUpdate};
use crate::server::problem::Body9457;
use crate::server::{App, Error};
use crate::types::id::KeyId;
use crate::types::key::{CreatedKey, KeyView, NewKey};
use crate::types::page::Page;
use crate::types::rotation::{RotateKey, RotatedKey};

/// List keys
///
/// Newest first, without their secrets.
#[utoipa::path(get, path = "/v1/keys", operation_id = "listKeys", tag = "Keys", params(ListQuery),
    responses((status = 200, description = "A page of keys", body = Page<KeyView>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:read"])))]
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
/// The answer holds the whole key, this once. A key cannot grant a scope or an environment that it lacks itself.
#[utoipa::path(post, path = "/v1/keys", operation_id = "createKey", tag = "Keys", request_body = NewKey,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The key, with its text", body = CreatedKey), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    Ok((StatusCode::CREATED, Json(keys::create_key(&app.db, &key, new, key.now).await.map_err(Error::in_body)?)))
}

/// Get a key
#[utoipa::path(get, path = "/v1/keys/{id}", operation_id = "getKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The key, without its secret", body = KeyView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadKeys>, Id(id): Id<KeyId>) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::get_key(&app.db, &key, &id, key.now).await?))
}

/// Update a key
///
/// Fields that are absent stay as they are; null lifts a bound. Scopes can only be taken away.
#[utoipa::path(patch, path = "/v1/keys/{id}", operation_id = "updateKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = KeyUpdate,
    responses((status = 200, description = "The key as it is now", body = KeyView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
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
/// The answer holds a new key that has all the old one has, but its id and secret. The old key works until
/// the overlap ends; meanwhile its answers carry `Deprecation` and `Sunset`.
#[utoipa::path(post, path = "/v1/keys/{id}/rotate", operation_id = "rotateKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = RotateKey,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The new key, with its text, and the old one", body = RotatedKey), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
pub async fn rotate(
    State(app): State<App>,
    key: ApiKey<ManageKeys>,
    Id(id): Id<KeyId>,
    OptionalJson(how): OptionalJson<RotateKey>,
) -> Result<(StatusCode, Json<RotatedKey>), ApiError> {
    Ok((StatusCode::CREATED, Json(keys::rotate_key(&app.db, &key, &id, how.overlap, key.now).await?)))
}

/// Disable a key
///
/// It is refused until it is enabled again.
#[utoipa::path(post, path = "/v1/keys/{id}/disable", operation_id = "disableKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The key as it is now", body = KeyView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
pub async fn disable(State(app): State<App>, key: ApiKey<ManageKeys>, Id(id): Id<KeyId>) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Disable, key.now).await?))
}

/// Enable a key
#[utoipa::path(post, path = "/v1/keys/{id}/enable", operation_id = "enableKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The key as it is now", body = KeyView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
pub async fn enable(State(app): State<App>, key: ApiKey<ManageKeys>, Id(id): Id<KeyId>) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Enable, key.now).await?))
}

/// Revoke a key
///
/// At once and for good.
#[utoipa::path(post, path = "/v1/keys/{id}/revoke", operation_id = "revokeKey", tag = "Keys", params(("id" = String, Path, description = "The key's id", example = "key_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The key as it is now", body = KeyView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["keys:write"])))]
pub async fn revoke(State(app): State<App>, key: ApiKey<ManageKeys>, Id(id): Id<KeyId>) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(keys::change_key(&app.db, &key, &id, KeyChange::Revoke, key.now).await?))
}
