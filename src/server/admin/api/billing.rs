//! `/admin/api/v1/billing`: what the portal earns, and where the payment provider and we differ.

use axum::extract::State;
use serde::Deserialize;

use super::extract::Admin;
use crate::server::api::ApiError;
use crate::server::api::extract::{Json, Params};
use crate::server::problem::Body9457;
use crate::server::{App, Error, billing};
use crate::types::billing::{Drift, Revenue, Simulated};
use crate::types::id::PlanId;
use crate::types::money::Prices;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MonthQuery {
    /// The calendar month, UTC; default: the present one.
    #[param(example = "2026-11")]
    month: Option<String>,
}

/// Read a month's revenue
///
/// Monthly prices and overage by organisation and product, and the payments that failed.
#[utoipa::path(get, path = "/admin/api/v1/billing/revenue", operation_id = "readRevenue", tag = "Billing", params(MonthQuery),
    responses((status = 200, description = "The month", body = Revenue), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn revenue(State(app): State<App>, operator: Admin, Params(query): Params<MonthQuery>) -> Result<Json<Revenue>, ApiError> {
    let month = billing::month(query.month.as_deref().unwrap_or_default(), operator.now).map_err(Error::in_query)?;
    Ok(Json(billing::revenue(&app.db, &operator, month).await?))
}

/// Compare with the payment provider
///
/// Its objects and each day's units with ours. Empty without a payment provider.
#[utoipa::path(get, path = "/admin/api/v1/billing/drift", operation_id = "readDrift", tag = "Billing",
    responses((status = 200, description = "What differs, and what does not", body = Drift), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn drift(State(app): State<App>, operator: Admin) -> Result<Json<Drift>, ApiError> {
    Ok(Json(billing::drift(&app, &operator, operator.now).await?))
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

/// Try a price out
///
/// What a month's usage of a plan would have cost at other prices. Nothing is changed.
#[utoipa::path(post, path = "/admin/api/v1/billing/simulate", operation_id = "simulatePrice", tag = "Billing", request_body = Draft,
    responses((status = 200, description = "Each subscriber, before and after", body = Vec<Simulated>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn simulate(State(app): State<App>, operator: Admin, Json(draft): Json<Draft>) -> Result<Json<Vec<Simulated>>, ApiError> {
    let month = billing::month(draft.month.as_deref().unwrap_or_default(), operator.now).map_err(Error::in_body)?;
    Ok(Json(billing::simulate(&app.db, &operator, &draft.plan_id, (draft.monthly_price, &draft.tiers), month).await?))
}
