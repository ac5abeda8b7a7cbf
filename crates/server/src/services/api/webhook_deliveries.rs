//! `/v1/webhook-deliveries`: of the calling key's environment.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tollgate_types::delivery::{Delivery, DeliveryDetail, DeliveryFilter};
use tollgate_types::id::DeliveryId;
use tollgate_types::page::Page;

use super::extract::{ApiError, Id, Json, ListQuery, Params};
use crate::access::{ManageWebhooks, ReadWebhooks};
use crate::gateway::ApiKey;
use crate::{App, Error, webhooks};

/// Paging and filters of the list. An entry must match all filters.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Maximum number of entries in the response, 1 to 100. Default: 20.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: i64,
    /// Return the page after this cursor: the `next_cursor` of the previous page. Absent: the first
    /// page.
    cursor: Option<String>,
    /// Only return deliveries to the webhook endpoint with this id.
    #[serde(default)]
    endpoint: String,
    /// Only return deliveries in this state: `pending`, `delivered` or `failed`.
    #[serde(default)]
    #[param(example = "failed")]
    state: String,
    /// Only return deliveries of events of this type, such as `customer.created`, or of all types
    /// with this prefix, such as `customer.*`.
    #[serde(default)]
    #[param(example = "customer.created")]
    event_type: String,
    /// Only return deliveries created at or after this time (RFC 3339, UTC).
    #[serde(default)]
    #[param(format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    since: String,
    /// Only return deliveries created before this time (RFC 3339, UTC).
    #[serde(default)]
    #[param(format = DateTime)]
    until: String,
}

const fn default_limit() -> i64 {
    20
}

/// List webhook deliveries
///
/// Returns the deliveries of the key's environment, newest first. A delivery is one event sent to
/// one webhook endpoint. Returns `invalid_request` if a filter is not valid.
#[utoipa::path(get, path = "/v1/webhook-deliveries", operation_id = "listWebhookDeliveries", tag = "Webhook deliveries", params(DeliveryQuery),
    responses((status = 200, description = "One page of deliveries, newest first", body = Page<Delivery>)))]
pub async fn list(
    State(app): State<App>,
    key: ApiKey<ReadWebhooks>,
    Params(query): Params<DeliveryQuery>,
) -> Result<Json<Page<Delivery>>, ApiError> {
    let (limit, cursor) = ListQuery { limit: query.limit, cursor: query.cursor }.check()?;
    let DeliveryQuery { endpoint, state, event_type, since, until, .. } = query;
    let filter = DeliveryFilter { endpoint, state, event_type, since, until };
    let page =
        webhooks::list_deliveries(&app.db, &key, key.environment, &filter, cursor.as_ref(), limit)
            .await;
    Ok(Json(page.map_err(Error::in_query)?))
}

/// Get a webhook delivery
///
/// Returns one delivery with the body that is sent and all attempts. Returns `not_found` if the id
/// does not exist in the key's environment.
#[utoipa::path(get, path = "/v1/webhook-deliveries/{id}", operation_id = "getWebhookDelivery", tag = "Webhook deliveries",
    responses((status = 200, description = "The delivery", body = DeliveryDetail)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadWebhooks>,
    Id(id): Id<DeliveryId>,
) -> Result<Json<DeliveryDetail>, ApiError> {
    Ok(Json(webhooks::get_delivery(&app.db, &key, key.environment, &id).await?))
}

/// Retry a webhook delivery
///
/// Sends the delivery again immediately, in any state, with the same `webhook-id`. If the attempt
/// fails, up to seven more attempts follow. Returns `conflict` if the endpoint is disabled or if
/// 200 attempts were made, and `forbidden` if no member of the organisation has a verified e-mail
/// address.
#[utoipa::path(post, path = "/v1/webhook-deliveries/{id}/retry", operation_id = "retryWebhookDelivery", tag = "Webhook deliveries",
    responses((status = 202, description = "The delivery, with its next attempt", body = Delivery)))]
pub async fn retry(
    State(app): State<App>,
    key: ApiKey<ManageWebhooks>,
    Id(id): Id<DeliveryId>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    Ok((
        StatusCode::ACCEPTED,
        Json(webhooks::retry(&app, &key, key.environment, &id, key.now).await?),
    ))
}
