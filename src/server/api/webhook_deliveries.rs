//! `/v1/webhook-deliveries`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::server::access::{ManageWebhooks, ReadWebhooks};
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::{App, Error, webhooks};
use crate::types::delivery::{Delivery, DeliveryDetail, DeliveryFilter};
use crate::types::id::DeliveryId;
use crate::types::page::Page;

/// The query of the list: paging, and filters that all must hold.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// How many entries to answer with, 1 to 100.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// An endpoint's id.
    #[serde(default)]
    endpoint: String,
    /// `pending`, `delivered` or `failed`.
    #[serde(default)]
    #[param(example = "failed")]
    state: String,
    /// An event type, or those that begin alike: `customer.*`.
    #[serde(default)]
    #[param(example = "customer.created")]
    event_type: String,
    /// The first moment.
    #[serde(default)]
    #[param(format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: String,
    /// The end, not included.
    #[serde(default)]
    #[param(format = DateTime)]
    until: String,
}

const fn default_limit() -> i64 {
    20
}

/// List webhook deliveries
///
/// Newest first.
#[utoipa::path(get, path = "/v1/webhook-deliveries", operation_id = "listWebhookDeliveries", tag = "Webhook deliveries", params(DeliveryQuery),
    responses((status = 200, description = "A page of deliveries", body = Page<Delivery>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:read"])))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadWebhooks>,
    Params(query): Params<DeliveryQuery>,
) -> Result<Json<Page<Delivery>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let DeliveryQuery { endpoint, state, event_type, since, until, .. } = query;
    let filter = DeliveryFilter { endpoint, state, event_type, since, until };
    let page = webhooks::list_deliveries(&app.db, &key, key.environment, &filter, cursor.as_ref(), limit).await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Get a webhook delivery
///
/// With the body that is sent, and every attempt.
#[utoipa::path(get, path = "/v1/webhook-deliveries/{id}", operation_id = "getWebhookDelivery", tag = "Webhook deliveries", params(("id" = String, Path, description = "The delivery's id", example = "dlv_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The delivery", body = DeliveryDetail), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadWebhooks>, Id(id): Id<DeliveryId>) -> Result<Json<DeliveryDetail>, ApiError> {
    Ok(Json(webhooks::get_delivery(&app.db, &key, key.environment, &id).await?))
}

/// Retry a webhook delivery
///
/// At once, whatever became of it before, with the same `webhook-id`. If that fails, the schedule begins again.
#[utoipa::path(post, path = "/v1/webhook-deliveries/{id}/retry", operation_id = "retryWebhookDelivery", tag = "Webhook deliveries", params(("id" = String, Path, description = "The delivery's id", example = "dlv_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 202, description = "The delivery as it is now", body = Delivery), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["webhooks:write"])))]
pub async fn retry(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<DeliveryId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(webhooks::retry(&app, &key, key.environment, &id, key.now).await?)))
}
