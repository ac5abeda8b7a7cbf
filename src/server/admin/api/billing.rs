//! `/admin/api/v1/billing`: what the portal earns, and where the payment provider and we differ.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::extract::Admin;
use crate::server::api::ApiError;
use crate::server::api::extract::{Json, Params};
use crate::server::problem::Body9457;
use crate::server::{App, Error, billing};
use crate::types::billing::{DriftDay, ObjectDrift, Revenue, RevenueRow};
use crate::types::id::PlanId;
use crate::types::money::Prices;
use crate::types::time::{DAY, Timestamp};

/// Days that are compared.
const DAYS: i64 = 35;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonthQuery {
    /// The calendar month, UTC; default: the present one.
    #[param(example = "2026-11")]
    month: Option<String>,
}

fn month(text: Option<&str>, now: Timestamp) -> Result<Timestamp, Error> {
    match text {
        None => Ok(now.month()),
        Some(text) => Timestamp::parse_month(text).ok_or_else(|| Error::field("month", "invalid_format", "Write a month such as 2026-11.")),
    }
}

/// Read a month's revenue
///
/// Monthly prices and overage by organisation and product, and the payments that failed.
#[utoipa::path(get, path = "/admin/api/v1/billing/revenue", operation_id = "readRevenue", tag = "Billing", params(MonthQuery),
    responses((status = 200, description = "The month", body = Revenue), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn revenue(State(app): State<App>, operator: Admin, Params(query): Params<MonthQuery>) -> Result<Json<Revenue>, ApiError> {
    let month = month(query.month.as_deref(), operator.now).map_err(Error::in_query)?;
    Ok(Json(billing::revenue(&app.db, &operator, month).await?))
}

/// Where the payment provider and we differ.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Drift {
    /// Plans and meters whose twins there are gone or changed.
    objects: Vec<ObjectDrift>,
    /// Units of each of the last 35 days that has any.
    days: Vec<DriftDay>,
    /// Reports of usage that were given up.
    alarms: u64,
}

/// Compare with the payment provider
///
/// Its objects and each day's units with ours. Empty without a payment provider.
#[utoipa::path(get, path = "/admin/api/v1/billing/drift", operation_id = "readDrift", tag = "Billing",
    responses((status = 200, description = "What differs, and what does not", body = Drift), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn drift(State(app): State<App>, operator: Admin) -> Result<Json<Drift>, ApiError> {
    Ok(Json(Drift {
        objects: billing::drift(&app, &operator).await?,
        days: billing::usage_drift(&app, &operator, operator.now.plus(-DAYS * DAY), operator.now).await?,
        alarms: billing::alarms(&app).await?,
    }))
}

/// A price to try out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The plan whose subscribers' usage is reckoned anew.
    #[schema(value_type = String, example = "plan_01h2xcejqtf2nbrexx3vqjhp41")]
    plan_id: PlanId,
    /// In minor units, such as cents.
    #[schema(example = 4900)]
    monthly_price: u64,
    /// Graduated prices of all of a month's units.
    #[schema(value_type = Vec<crate::types::money::Tier>)]
    tiers: Prices,
    /// The calendar month, UTC; default: the present one.
    #[serde(default)]
    #[schema(example = "2026-11")]
    month: Option<String>,
}

/// One organisation's month under the plan and under the draft.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Simulated {
    #[serde(flatten)]
    now: RevenueRow,
    /// Monthly price and overage under the draft, in minor units.
    draft_total: u64,
}

/// Try a price out
///
/// What a month's usage of a plan would have cost at other prices. Nothing is changed.
#[utoipa::path(post, path = "/admin/api/v1/billing/simulate", operation_id = "simulatePrice", tag = "Billing", request_body = Draft,
    responses((status = 200, description = "Each subscriber, before and after", body = Vec<Simulated>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn simulate(State(app): State<App>, operator: Admin, Json(draft): Json<Draft>) -> Result<Json<Vec<Simulated>>, ApiError> {
    let month = month(draft.month.as_deref(), operator.now).map_err(Error::in_body)?;
    let rows = billing::simulate(&app.db, &operator, &draft.plan_id, (draft.monthly_price, &draft.tiers), month).await?;
    Ok(Json(rows.into_iter().map(|(now, draft_total)| Simulated { now, draft_total }).collect()))
}
