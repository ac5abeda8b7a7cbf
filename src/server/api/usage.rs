//! `/v1/usage`: of the calling key's environment.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::extract::{ApiError, Json, Params, bad_parameter};
use crate::server::access::ReadUsage;
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::{App, usage};
use crate::types::time::{DAY, HOUR, Timestamp};
use crate::types::usage::UsagePoint;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// The first hour; default: 24 hours before `to`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-20T22:00:00.000Z")]
    from: Option<Timestamp>,
    /// The end, not included; default: now.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    to: Option<Timestamp>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Usage {
    /// One entry for every hour of the period, the quiet ones too.
    data: Vec<UsagePoint>,
}

/// Get usage
///
/// By the hour, for a period of up to 31 days.
#[utoipa::path(get, path = "/v1/usage", operation_id = "getUsage", tag = "Usage", params(UsageQuery),
    responses((status = 200, description = "Usage by the hour", body = Usage), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["usage:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadUsage>, Params(query): Params<UsageQuery>) -> Result<Json<Usage>, ApiError> {
    let to = query.to.unwrap_or(key.now);
    let from = query.from.unwrap_or(to.plus(-DAY + HOUR)).hour();
    if from >= to || to.0 - from.0 > 31 * DAY {
        return Err(bad_parameter("query.from", "out_of_range", "`from` must lie before `to`, by at most 31 days.").into());
    }
    Ok(Json(Usage { data: usage::by_hour(&app.db, &key, key.environment, from, to).await? }))
}
