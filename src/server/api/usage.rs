//! `/v1/usage`: of the calling key's environment.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::extract::{ApiError, Json, Params, bad_parameter};
use crate::server::access::ReadUsage;
use crate::server::gateway::ApiKey;
use crate::server::problem::Body9457;
use crate::server::{App, usage};
use crate::types::time::{DAY, HOUR, Timestamp};
use crate::types::usage::{MonthUsage, UsagePoint};

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
    /// A calendar month instead, by operation and by key, with the quota.
    #[param(example = "2026-11")]
    month: Option<String>,
}

/// By the hour or, where a month was asked for, by operation and key.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum UsageAnswer {
    Hours(Usage),
    Month(MonthUsage),
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Usage {
    /// One entry for every hour of the period, the quiet ones too.
    data: Vec<UsagePoint>,
}

/// Get usage
///
/// By the hour, for a period of up to 31 days; or, with `month`, a calendar month by operation and by key, with what is
/// left of the quota.
#[utoipa::path(get, path = "/v1/usage", operation_id = "getUsage", tag = "Usage", params(UsageQuery),
    responses((status = 200, description = "Usage by the hour, or of a month", body = UsageAnswer), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("key" = ["usage:read"])))]
pub async fn get(State(app): State<App>, key: ApiKey<ReadUsage>, Params(query): Params<UsageQuery>) -> Result<Json<UsageAnswer>, ApiError> {
    if let Some(text) = &query.month {
        if query.from.is_some() || query.to.is_some() {
            return Err(bad_parameter("query.month", "conflict", "Ask for a `month`, or for `from` and `to`.").into());
        }
        let wrong = || bad_parameter("query.month", "invalid_format", "A month is written as 2026-11.");
        let month = Timestamp::parse_month(text).ok_or_else(wrong)?;
        return Ok(Json(UsageAnswer::Month(usage::by_month(&app.db, &key, key.environment, month).await?)));
    }
    let to = query.to.unwrap_or(key.now);
    let from = query.from.unwrap_or(to.plus(-DAY + HOUR)).hour();
    if from >= to || to.0 - from.0 > 31 * DAY {
        return Err(bad_parameter("query.from", "out_of_range", "`from` must lie before `to`, by at most 31 days.").into());
    }
    Ok(Json(UsageAnswer::Hours(Usage { data: usage::by_hour(&app.db, &key, key.environment, from, to).await? })))
}
