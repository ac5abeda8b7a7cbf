//! `/admin/api/v1/billing`: the portal's revenue, and the comparison with the payment provider.

use axum::extract::State;
use serde::Deserialize;
use tollgate_types::billing::{Drift, Revenue, Simulated};
use tollgate_types::id::PlanId;
use tollgate_types::money::Prices;
use tollgate_types::page::Page;

use super::extract::Admin;
use crate::api::extract::{Json, Params};
use crate::problem::ApiError;
use crate::{App, Error, billing};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RevenueQuery {
    /// Calendar month (UTC, `YYYY-MM`). Default: the current month.
    #[param(example = "2026-11")]
    month: Option<String>,
    /// Return the page of `rows` after this cursor: the `next_cursor` of the previous page. Absent:
    /// the first page.
    cursor: Option<String>,
}

/// Read the revenue of a month
///
/// Returns monthly prices and overage by organisation and product, 100 at a time, the totals of all
/// organisations, and the invoices whose payment failed. Returns `invalid_request` if the month or
/// the cursor is not valid.
#[utoipa::path(get, path = "/admin/api/v1/billing/revenue", operation_id = "readRevenue", tag = "Billing", params(RevenueQuery),
    responses((status = 200, description = "Revenue of the month", body = Revenue)))]
pub async fn revenue(
    State(app): State<App>,
    operator: Admin,
    Params(query): Params<RevenueQuery>,
) -> Result<Json<Revenue>, ApiError> {
    let month = billing::month(query.month.as_deref().unwrap_or_default(), operator.now)
        .map_err(Error::in_query)?;
    let cursor = query.cursor.unwrap_or_default();
    Ok(Json(
        billing::revenue(&app.billing(), &operator, month, &cursor)
            .await
            .map_err(Error::in_query)?,
    ))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DriftQuery {
    /// Compare the days of the subscriptions after this cursor: the `next_cursor` of the previous
    /// page. Absent: the first page.
    cursor: Option<String>,
}

/// Compare usage and plans with the payment provider
///
/// Compares Tollgate with the payment provider: the daily billed units of 200 subscriptions at a
/// time, and all plans and products. Nothing is changed. The lists are empty if no payment provider
/// is configured. Returns `invalid_request` if the cursor is not valid.
#[utoipa::path(get, path = "/admin/api/v1/billing/drift", operation_id = "readDrift", tag = "Billing", params(DriftQuery),
    responses((status = 200, description = "The comparison", body = Drift)))]
pub async fn drift(
    State(app): State<App>,
    operator: Admin,
    Params(query): Params<DriftQuery>,
) -> Result<Json<Drift>, ApiError> {
    let cursor = query.cursor.unwrap_or_default();
    Ok(Json(
        billing::drift(&app.billing(), &operator, &cursor, operator.now)
            .await
            .map_err(Error::in_query)?,
    ))
}

/// A price to simulate.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Id of the plan whose subscribers' usage is calculated at the draft price.
    #[schema(value_type = String, example = "plan_01h2xcejqtf2nbrexx3vqjhp41")]
    plan_id: PlanId,
    /// Draft price per month, in minor units of the plan's currency: 4900 is 49.00 USD.
    #[schema(example = 4900)]
    monthly_price: u64,
    /// Draft prices of all units of a month, in graduated tiers from the first unit on. For
    /// included units, start with a tier that has the price 0. The last tier has no `up_to`.
    #[schema(value_type = Vec<tollgate_types::money::Tier>)]
    tiers: Prices,
    /// Calendar month (UTC, `YYYY-MM`). Absent or null: the current month.
    #[serde(default)]
    #[schema(example = "2026-11")]
    month: Option<String>,
    /// Return the page after this cursor: the `next_cursor` of the previous page. Absent or null:
    /// the first page.
    #[serde(default)]
    cursor: Option<String>,
}

/// Simulate a price
///
/// Calculates what the usage of a plan's subscribers in one month would have cost at other prices.
/// Nothing is changed. Each page covers 500 organisations and contains those on the plan, so it can
/// be empty although more follow: continue until `next_cursor` is null. Returns `not_found` if the
/// plan does not exist.
#[utoipa::path(post, path = "/admin/api/v1/billing/simulate", operation_id = "simulatePrice", tag = "Billing", request_body = Draft,
    responses((status = 200, description = "A page of subscribers with current and draft totals", body = Page<Simulated>)))]
pub async fn simulate(
    State(app): State<App>,
    operator: Admin,
    Json(draft): Json<Draft>,
) -> Result<Json<Page<Simulated>>, ApiError> {
    let month = billing::month(draft.month.as_deref().unwrap_or_default(), operator.now)
        .map_err(Error::in_body)?;
    let (prices, cursor) = ((draft.monthly_price, &draft.tiers), draft.cursor.unwrap_or_default());
    Ok(Json(
        billing::simulate(&app.db, &operator, &draft.plan_id, prices, month, &cursor)
            .await
            .map_err(Error::in_body)?,
    ))
}
