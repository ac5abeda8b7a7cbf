//! `/admin/api/v1/products/{id}/plans`, also of the product `platform`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::Admin;
use crate::server::api::ApiError;
use crate::server::api::extract::{Id, Json};
use crate::server::problem::Body9457;
use crate::server::{App, Error, plans, products};
use crate::types::id::{OrgId, PlanId};
use crate::types::money::{Currency, Prices, UnitPrice};
use crate::types::plan::{Plan, PlanRate};

const fn yes() -> bool {
    true
}

/// A plan as it is asked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// A name that exists makes its next version.
    #[schema(min_length = 1, max_length = 40, example = "Starter")]
    name: String,
    #[serde(default)]
    #[schema(value_type = String, default = "usd", example = "usd")]
    currency: Currency,
    /// In minor units, such as cents.
    #[schema(example = 4900)]
    monthly_price: u64,
    /// Units of a month that cost nothing more.
    #[schema(example = 10_000)]
    included_units: u64,
    /// Price of each further unit, in minor units with up to 12 decimal places. Without it and `tiers` the plan stops at
    /// its included units.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "0.3")]
    overage: Option<UnitPrice>,
    /// Graduated prices of all of a month's units instead.
    #[serde(default)]
    #[schema(value_type = Option<Vec<crate::types::money::Tier>>)]
    tiers: Option<Prices>,
    /// Of each key; null: the server's settings hold.
    #[serde(default)]
    key_rate: Option<PlanRate>,
    /// Of an organisation's keys together.
    #[serde(default)]
    org_rate: Option<PlanRate>,
    /// For whoever has no subscription.
    #[serde(default)]
    is_default: bool,
    /// Offered to everybody, or given by an operator only.
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_public: bool,
    /// The one organisation that it is offered to; then it is not public.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    offered_to: Option<OrgId>,
    /// Days that a new subscriber pays nothing for.
    #[serde(default)]
    #[schema(maximum = 730)]
    trial_days: u32,
}

/// List a product's plans
///
/// The cheapest first; archived ones at the end.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/plans", operation_id = "listPlans", tag = "Plans", params(("id" = String, Path, description = "The product's id", example = "logistics")),
    responses((status = 200, description = "All plans with all their versions", body = Vec<Plan>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn list(State(app): State<App>, _: Admin, Id(product): Id<String>) -> Result<Json<Vec<Plan>>, ApiError> {
    products::check_exists(&app.db, &product).await?;
    Ok(Json(plans::list(&app.db, &product).await?))
}

/// Create a plan, or the next version of one
///
/// Who subscribed to the version before keeps it.
#[utoipa::path(post, path = "/admin/api/v1/products/{id}/plans", operation_id = "createPlan", tag = "Plans", params(("id" = String, Path, description = "The product's id", example = "logistics")),
    request_body = NewPlan,
    responses((status = 201, description = "The plan", body = Plan), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn create(
    State(app): State<App>,
    operator: Admin,
    Id(product): Id<String>,
    Json(new): Json<NewPlan>,
) -> Result<(StatusCode, Json<Plan>), ApiError> {
    products::check_exists(&app.db, &product).await?;
    if new.overage.is_some() && new.tiers.is_some() {
        return Err(Error::field("body.tiers", "invalid_value", "Give `overage` or `tiers`, not both.").into());
    }
    let is_hard = new.overage.is_none() && new.tiers.is_none();
    let plan = plans::NewPlan {
        product,
        name: new.name,
        is_default: new.is_default,
        is_public: new.is_public && new.offered_to.is_none(),
        offered_to: new.offered_to,
        trial_days: new.trial_days,
        currency: new.currency,
        monthly_price: new.monthly_price,
        included_units: new.included_units,
        is_hard,
        prices: new.tiers.unwrap_or_else(|| Prices::after(new.included_units, new.overage.unwrap_or_default())),
        key_rate: new.key_rate,
        org_rate: new.org_rate,
    };
    let plan = plans::create(&app.db, plan, &operator.actor, operator.now).await.map_err(Error::in_body)?;
    Ok((StatusCode::CREATED, Json(plan)))
}

/// Archive a plan
///
/// Nobody can subscribe to it any more; its subscribers keep it. The default plan cannot be archived.
#[utoipa::path(post, path = "/admin/api/v1/plans/{id}/archive", operation_id = "archivePlan", tag = "Plans", params(("id" = String, Path, description = "The plan's id", example = "plan_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The plan as it is now", body = Plan), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn archive(State(app): State<App>, operator: Admin, Id(id): Id<PlanId>) -> Result<Json<Plan>, ApiError> {
    Ok(Json(plans::archive(&app.db, &id, &operator.actor, operator.now).await?))
}
