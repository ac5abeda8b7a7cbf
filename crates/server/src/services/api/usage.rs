//! `/v1/usage`: of the calling key's environment.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate_types::time::{DAY, HOUR, Timestamp};
use tollgate_types::usage::{MonthUsage, UsagePoint};

use super::extract::{ApiError, Json, Params, bad_parameter};
use crate::access::ReadUsage;
use crate::gateway::ApiKey;
use crate::{App, usage, usage_limits};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// Start of the period (RFC 3339, UTC), rounded down to the full hour. Default: 23 hours before
    /// `to`. The period can have at most 31 days. Cannot be combined with `month`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-20T22:00:00.000Z")]
    from: Option<Timestamp>,
    /// End of the period (RFC 3339, UTC), exclusive. Default: now. Cannot be combined with `month`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-21T22:00:00.000Z")]
    to: Option<Timestamp>,
    /// Return the usage of this calendar month (UTC, `YYYY-MM`) by operation and by key instead of
    /// by hour.
    #[param(example = "2026-11")]
    month: Option<String>,
    /// Only count calls to the product with this id. `platform` is the portal's own API. Requires
    /// `month`. Default: all products, listed separately.
    #[param(example = "logistics")]
    product: Option<String>,
}

/// Usage by hour or, if `month` is set, usage of one month by operation and by key.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum UsageAnswer {
    Hours(Usage),
    Month(MonthUsage),
}

/// Usage by hour, over all products.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Usage {
    /// One entry for each hour of the period, including hours without calls, oldest first.
    data: Vec<UsagePoint>,
}

/// Get usage
///
/// Returns usage by hour over all products, for a period of up to 31 days. With `month`, returns
/// the usage of one calendar month by operation and by key, with the remaining quota. Returns
/// `invalid_request` for a period or month that is not valid, and `not_found` for a product that
/// does not exist.
#[utoipa::path(get, path = "/v1/usage", operation_id = "getUsage", tag = "Usage", params(UsageQuery),
    responses((status = 200, description = "Usage by hour, or of one month", body = UsageAnswer)))]
pub async fn get(
    State(app): State<App>,
    key: ApiKey<ReadUsage>,
    Params(query): Params<UsageQuery>,
) -> Result<Json<UsageAnswer>, ApiError> {
    if let Some(text) = &query.month {
        if query.from.is_some() || query.to.is_some() {
            return Err(bad_parameter(
                "query.month",
                "conflict",
                "Send `month`, or `from` and `to`.",
            )
            .into());
        }
        let wrong =
            || bad_parameter("query.month", "invalid_format", "Write a month as in 2026-11.");
        let month = Timestamp::parse_month(text).ok_or_else(wrong)?;
        return Ok(Json(UsageAnswer::Month(
            usage_limits::by_month(&app.db, &key, key.environment, query.product.as_deref(), month)
                .await?,
        )));
    }
    if query.product.is_some() {
        return Err(bad_parameter(
            "query.product",
            "conflict",
            "Send `product` only together with `month`.",
        )
        .into());
    }
    let to = query.to.unwrap_or(key.now);
    let from = query.from.unwrap_or(to.plus(-DAY + HOUR)).hour();
    if from >= to || to.0 - from.0 > 31 * DAY {
        return Err(bad_parameter(
            "query.from",
            "out_of_range",
            "`from` must be before `to`, by at most 31 days.",
        )
        .into());
    }
    Ok(Json(UsageAnswer::Hours(Usage {
        data: usage::by_hour(&app.db, &key, key.environment, from, to).await?,
    })))
}
