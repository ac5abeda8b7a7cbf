//! `/v1/webhook-endpoints`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::{ApiError, Id, Json, ListQuery, OptionalJson, Params};
use crate::server::access::{ManageWebhooks, ReadWebhooks};
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::webhooks::{self, EndpointUpdate, NewEndpoint};
use crate::server::{App, Error};
use crate::types::delivery::{Delivery, Requeued};
use crate::types::id::EndpointId;
use crate::types::page::Page;
use crate::types::time::Timestamp;
use crate::types::webhook::{CreatedEndpoint, Endpoint};
use crate::types::webhook_check::ReceiverCheck;

/// List webhook endpoints
///
/// Newest first, without their secrets.
#[utoipa::path(get, path = "/v1/webhook-endpoints", operation_id = "listWebhookEndpoints", tag = "Webhook endpoints", params(ListQuery),
    responses((status = 200, description = "A page of endpoints", body = Page<Endpoint>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:read"])))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadWebhooks>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<Endpoint>>, ApiError> {
    let (limit, cursor) = query.check()?;
    Ok(Json(webhooks::list(&app.db, &key, key.environment, cursor.as_ref(), limit, key.now).await?))
}

/// Create a webhook endpoint
///
/// The answer holds the secret that signs, this once.
#[utoipa::path(post, path = "/v1/webhook-endpoints", operation_id = "createWebhookEndpoint", tag = "Webhook endpoints", request_body = NewEndpoint,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The endpoint, with its secret", body = CreatedEndpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Json(new): Json<NewEndpoint>,
) -> Result<(StatusCode, Json<CreatedEndpoint>), ApiError> {
    let created = webhooks::create(&app, &key, key.environment, new, key.now).await;
    Ok((StatusCode::CREATED, Json(created.map_err(Error::in_body)?)))
}

/// Get a webhook endpoint
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", operation_id = "getWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The endpoint, without its secret", body = Endpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadWebhooks>, Id(id): Id<EndpointId>) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::get(&app.db, &key, key.environment, &id, key.now).await?))
}

/// Update a webhook endpoint
///
/// Fields that are absent stay as they are.
#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", operation_id = "updateWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = EndpointUpdate,
    responses((status = 200, description = "The endpoint as it is now", body = Endpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn update(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(update): Json<EndpointUpdate>,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::update(&app, &key, key.environment, &id, update, key.now).await.map_err(Error::in_body)?))
}

/// Delete a webhook endpoint
///
/// With its deliveries: what is pending is not made any more.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", operation_id = "deleteWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 204, description = "It is gone"), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn delete(State(app): State<App>, key: ApiKey<ManageWebhooks>, Id(id): Id<EndpointId>) -> Result<StatusCode, ApiError> {
    webhooks::delete(&app, &key, key.environment, &id, key.now).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RotateSecret {
    /// For how long the secret before signs as well: at most 7 days.
    #[schema(maximum = 604_800, default = 86_400, example = 86_400)]
    overlap_seconds: u32,
}

impl Default for RotateSecret {
    fn default() -> Self {
        Self { overlap_seconds: 86_400 }
    }
}

/// Rotate an endpoint's secret
///
/// The answer holds the new secret, this once. Until the overlap ends, deliveries carry the signatures of both.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", operation_id = "rotateWebhookSecret", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = RotateSecret,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 200, description = "The endpoint, with its new secret", body = CreatedEndpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn rotate_secret(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    OptionalJson(how): OptionalJson<RotateSecret>,
) -> Result<Json<CreatedEndpoint>, ApiError> {
    let rotated = webhooks::rotate_secret(&app, &key, key.environment, &id, how.overlap_seconds, key.now).await;
    Ok(Json(rotated.map_err(Error::in_body)?))
}

/// Enable a webhook endpoint
///
/// What was held back while it was disabled goes on. What happened meanwhile can be recovered.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/enable", operation_id = "enableWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The endpoint as it is now", body = Endpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn enable(State(app): State<App>, key: ApiKey<ManageWebhooks>, Id(id): Id<EndpointId>) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::enable(&app, &key, key.environment, &id, key.now).await?))
}

/// Disable a webhook endpoint
///
/// Nothing is delivered until it is enabled again.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/disable", operation_id = "disableWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The endpoint as it is now", body = Endpoint), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn disable(State(app): State<App>, key: ApiKey<ManageWebhooks>, Id(id): Id<EndpointId>) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::disable(&app, &key, key.environment, &id, key.now).await?))
}

/// Send a test event
///
/// An `endpoint.test` goes to this endpoint, whatever types it wants.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", operation_id = "testWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 201, description = "The delivery", body = Delivery), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn test(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    Ok((StatusCode::CREATED, Json(webhooks::send_test(&app, &key, key.environment, &id, key.now).await?)))
}

/// Check a receiver
///
/// Sends the endpoint a good delivery, a badly signed one, a stale one, a duplicate, one out of order and one that comes
/// slowly, and says what it did with each. Takes up to 42 seconds where nothing answers in time.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/check", operation_id = "checkWebhookReceiver", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "What the receiver did", body = ReceiverCheck), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn check(State(app): State<App>, key: ApiKey<ManageWebhooks>, Id(id): Id<EndpointId>) -> Result<Json<ReceiverCheck>, ApiError> {
    Ok(Json(webhooks::check_receiver(&app, &key, key.environment, &id, key.now).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: Timestamp,
}

/// Recover what an endpoint missed
///
/// Makes again what failed since a time, and makes what was never made because the endpoint was disabled or did not
/// exist. `next_since` says where to go on, if there is more than one call takes.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/recover", operation_id = "recoverWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = Recover,
    responses((status = 202, description = "How many deliveries will be made", body = Requeued), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn recover(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(body): Json<Recover>,
) -> Result<(StatusCode, Json<Requeued>), ApiError> {
    let requeued = webhooks::recover(&app, &key, key.environment, &id, body.since, key.now).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(Error::in_body)?)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: Timestamp,
    /// Not included.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T23:00:00.000Z")]
    until: Timestamp,
}

/// Replay a time
///
/// Delivers all events of a time again that the endpoint wants, those that were delivered too, with the same `webhook-id`.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", operation_id = "replayWebhookEndpoint", tag = "Webhook endpoints", params(("id" = String, Path, description = "The endpoint's id", example = "ep_01h2xcejqtf2nbrexx3vqjhp41")),
    request_body = Replay,
    responses((status = 202, description = "How many deliveries will be made", body = Requeued), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn replay(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(body): Json<Replay>,
) -> Result<(StatusCode, Json<Requeued>), ApiError> {
    let requeued = webhooks::replay(&app, &key, key.environment, &id, (body.since, body.until), key.now).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(Error::in_body)?)))
}
