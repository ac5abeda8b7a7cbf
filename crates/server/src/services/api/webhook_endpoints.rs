//! `/v1/webhook-endpoints`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tollgate_types::delivery::{Delivery, Requeued};
use tollgate_types::id::EndpointId;
use tollgate_types::page::Page;
use tollgate_types::time::Timestamp;
use tollgate_types::webhook::{CreatedEndpoint, Endpoint};
use tollgate_types::webhook_check::ReceiverCheck;

use super::extract::{ApiError, Id, Json, ListQuery, OptionalJson, Params};
use crate::access::{ManageWebhooks, ReadWebhooks};
use crate::gateway::ApiKey;
use crate::webhooks::{self, EndpointUpdate, NewEndpoint};
use crate::{App, Error};

/// List webhook endpoints
///
/// Returns the webhook endpoints of the key's environment, newest first, without their secrets.
#[utoipa::path(get, path = "/v1/webhook-endpoints", operation_id = "listWebhookEndpoints", tag = "Webhook endpoints", params(ListQuery),
    responses((status = 200, description = "One page of webhook endpoints, newest first, without their secrets", body = Page<Endpoint>)))]
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
/// Creates an endpoint that receives the events of the key's environment. The response contains the
/// signing secret; it cannot be shown again. Returns `validation_failed` if the URL or another
/// field is not valid, `conflict` if the organisation has 50 endpoints, and `forbidden` if no
/// member of the organisation has a verified e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints", operation_id = "createWebhookEndpoint", tag = "Webhook endpoints", request_body = NewEndpoint,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 201, description = "The endpoint, with its secret", body = CreatedEndpoint)))]
pub async fn create(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Json(new): Json<NewEndpoint>,
) -> Result<(StatusCode, Json<CreatedEndpoint>), ApiError> {
    let created = webhooks::create(&app, &key, key.environment, new, key.now).await;
    Ok((StatusCode::CREATED, Json(created.map_err(Error::in_body)?)))
}

/// Get a webhook endpoint
///
/// Returns one webhook endpoint by id, without its secret. Returns `not_found` if the id does not
/// exist in the key's environment.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", operation_id = "getWebhookEndpoint", tag = "Webhook endpoints",
    responses((status = 200, description = "The endpoint, without its secret", body = Endpoint)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::get(&app.db, &key, key.environment, &id, key.now).await?))
}

/// Update a webhook endpoint
///
/// Changes only the fields that you send. Absent fields keep their values. If the endpoint has
/// headers and you send a URL with another origin, you must send `headers` in the same request: all
/// headers again, or an empty object to remove them. Returns `validation_failed` if a field is not
/// valid, and `forbidden` if no member of the organisation has a verified e-mail address.
#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", operation_id = "updateWebhookEndpoint", tag = "Webhook endpoints",
    request_body = EndpointUpdate,
    responses((status = 200, description = "The updated endpoint", body = Endpoint)))]
pub async fn update(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(update): Json<EndpointUpdate>,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(
        webhooks::update(&app, &key, key.environment, &id, update, key.now)
            .await
            .map_err(Error::in_body)?,
    ))
}

/// Delete a webhook endpoint
///
/// Deletes the endpoint and all its deliveries permanently. Pending deliveries are not sent. You
/// cannot undo this. Returns `not_found` if the id does not exist in the key's environment.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", operation_id = "deleteWebhookEndpoint", tag = "Webhook endpoints",
    responses((status = 204, description = "The endpoint was deleted")))]
pub async fn delete(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<StatusCode, ApiError> {
    webhooks::delete(&app, &key, key.environment, &id, key.now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How to rotate the signing secret of a webhook endpoint.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RotateSecret {
    /// Time in seconds during which deliveries are signed with the previous secret as well, up to
    /// 604,800 (7 days). 0 ends the previous secret immediately. Default: 86,400 (24 hours).
    #[schema(maximum = 604_800, default = 86_400, example = 86_400)]
    overlap_seconds: u32,
}

impl Default for RotateSecret {
    fn default() -> Self {
        Self { overlap_seconds: 86_400 }
    }
}

/// Rotate a webhook secret
///
/// Creates a new signing secret. The response contains it; it cannot be shown again. Until the
/// overlap ends, deliveries have two signatures: one with the new secret and one with the previous
/// secret. Returns `validation_failed` if the overlap is longer than 7 days.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", operation_id = "rotateWebhookSecret", tag = "Webhook endpoints",
    request_body = RotateSecret,
    extensions(("x-tollgate-secret-answer" = json!(true))),
    responses((status = 200, description = "The endpoint, with its new secret", body = CreatedEndpoint)))]
pub async fn rotate_secret(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    OptionalJson(how): OptionalJson<RotateSecret>,
) -> Result<Json<CreatedEndpoint>, ApiError> {
    let rotated =
        webhooks::rotate_secret(&app, &key, key.environment, &id, how.overlap_seconds, key.now)
            .await;
    Ok(Json(rotated.map_err(Error::in_body)?))
}

/// Enable a webhook endpoint
///
/// Enables the endpoint and resumes the deliveries that were pending when it was disabled. Events
/// that happened in between are not delivered; deliver them with the operation
/// `recoverWebhookEndpoint`. Returns `forbidden` if no member of the organisation has a verified
/// e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/enable", operation_id = "enableWebhookEndpoint", tag = "Webhook endpoints",
    responses((status = 200, description = "The updated endpoint", body = Endpoint)))]
pub async fn enable(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::enable(&app, &key, key.environment, &id, key.now).await?))
}

/// Disable a webhook endpoint
///
/// Stops all deliveries to the endpoint until it is enabled again. Pending deliveries are kept and
/// are sent when it is enabled. Events that happen in between are not delivered.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/disable", operation_id = "disableWebhookEndpoint", tag = "Webhook endpoints",
    responses((status = 200, description = "The updated endpoint", body = Endpoint)))]
pub async fn disable(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<Json<Endpoint>, ApiError> {
    Ok(Json(webhooks::disable(&app, &key, key.environment, &id, key.now).await?))
}

/// Send a test event
///
/// Sends the event `endpoint.test` to this endpoint, regardless of its event types. Returns
/// `conflict` if the endpoint is disabled, `rate_limited` after 60 test events in 10 minutes per
/// organisation or destination host, and `forbidden` if no member of the organisation has a
/// verified e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", operation_id = "testWebhookEndpoint", tag = "Webhook endpoints",
    responses((status = 201, description = "The new delivery of the test event", body = Delivery)))]
pub async fn test(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(webhooks::send_test(&app, &key, key.environment, &id, key.now).await?),
    ))
}

/// Check a webhook receiver
///
/// Sends six test deliveries to the endpoint: a valid one, one with a wrong signature, an old one,
/// a duplicate, one out of order and a slow one. Returns how the receiver responded to each. No
/// event is recorded. The check takes up to 42 seconds. Returns `rate_limited` after 10 checks in
/// 10 minutes per organisation or destination host, and `forbidden` if no member of the
/// organisation has a verified e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/check", operation_id = "checkWebhookReceiver", tag = "Webhook endpoints",
    responses((status = 200, description = "Results of the check", body = ReceiverCheck)))]
pub async fn check(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
) -> Result<Json<ReceiverCheck>, ApiError> {
    Ok(Json(webhooks::check_receiver(&app, &key, key.environment, &id, key.now).await?))
}

/// Time from which to recover deliveries.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// Recover events created at or after this time (RFC 3339, UTC). Events are kept for 90 days.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: Timestamp,
}

/// Recover missed deliveries
///
/// Sends the events since a given time whose delivery to this endpoint failed, or that were never
/// sent to it because it was disabled or did not exist. One call processes up to 10,000 events; if
/// more remain, call again with `next_since` as `since`. If the endpoint is disabled, the
/// deliveries are kept until it is enabled. Returns `forbidden` if no member of the organisation
/// has a verified e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/recover", operation_id = "recoverWebhookEndpoint", tag = "Webhook endpoints",
    request_body = Recover,
    responses((status = 202, description = "Number of deliveries that will be sent", body = Requeued)))]
pub async fn recover(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(body): Json<Recover>,
) -> Result<(StatusCode, Json<Requeued>), ApiError> {
    let requeued = webhooks::recover(&app, &key, key.environment, &id, body.since, key.now).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(Error::in_body)?)))
}

/// The period whose events are sent again.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Start of the period (RFC 3339, UTC), inclusive.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: Timestamp,
    /// End of the period (RFC 3339, UTC), exclusive.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T23:00:00.000Z")]
    until: Timestamp,
}

/// Replay events
///
/// Sends all events of a period that match the endpoint's event types, including events that were
/// already delivered. Each has the same `webhook-id` as before. One call processes up to 10,000
/// events; if more remain, call again with `next_since` as `since`. If the endpoint is disabled,
/// the deliveries are kept until it is enabled. Returns `validation_failed` if `until` is not after
/// `since`, and `forbidden` if no member of the organisation has a verified e-mail address.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", operation_id = "replayWebhookEndpoint", tag = "Webhook endpoints",
    request_body = Replay,
    responses((status = 202, description = "Number of deliveries that will be sent", body = Requeued)))]
pub async fn replay(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<EndpointId>,
    Json(body): Json<Replay>,
) -> Result<(StatusCode, Json<Requeued>), ApiError> {
    let requeued =
        webhooks::replay(&app, &key, key.environment, &id, (body.since, body.until), key.now).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(Error::in_body)?)))
}
