//! `/admin/api/v1/products/{id}/plans`, also for the product `platform`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tollgate_types::id::{OrgId, PlanId};
use tollgate_types::money::{Currency, Prices, UnitPrice, known_currency};
use tollgate_types::plan::{Plan, PlanRate};

use super::extract::Admin;
use crate::api::extract::{Id, Json};
use crate::problem::ApiError;
use crate::{App, Error, billing, plans, products};

const fn yes() -> bool {
    true
}

/// A plan to create.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// Name of the plan, 1 to 40 characters. An existing name creates the next version of that
    /// plan.
    #[schema(min_length = 1, max_length = 40, example = "Starter")]
    name: String,
    /// ISO 4217 code of the currency. An organisation is billed in one currency. Default: `usd`.
    #[serde(default, deserialize_with = "known_currency")]
    #[schema(value_type = String, default = "usd", example = "usd")]
    currency: Currency,
    /// Price per month in minor units of `currency`: 4900 is 49.00 USD, 4,900 JPY or 4.900 KWD.
    #[schema(example = 4900)]
    monthly_price: u64,
    /// Units per month that are included in the monthly price.
    #[schema(example = 10_000)]
    included_units: u64,
    /// Price of each unit beyond the included units, in minor units of `currency`: a decimal number
    /// with up to 12 places, so `0.3` is 0.3 cents. Without `overage` and `tiers`, calls are
    /// refused when the included units are used up. Cannot be combined with `tiers`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "0.3")]
    overage: Option<UnitPrice>,
    /// Prices of all units of a month, in graduated tiers from the first unit on, at most 20 tiers.
    /// The included units must have the price 0. Absent or null: `overage` applies. Cannot be
    /// combined with `overage`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<tollgate_types::money::Tier>>)]
    tiers: Option<Prices>,
    /// Rate limit of each key. Absent or null: the server's default limit applies.
    #[serde(default)]
    key_rate: Option<PlanRate>,
    /// Rate limit of all keys of an organisation together. Absent or null: the server's default
    /// limit applies.
    #[serde(default)]
    org_rate: Option<PlanRate>,
    /// Whether this is the product's default plan, which applies to organisations without a
    /// subscription. Default: false.
    #[serde(default)]
    is_default: bool,
    /// Whether all organisations can choose the plan. If false, only an operator can assign it.
    /// Default: true.
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_public: bool,
    /// Id of the only organisation that can choose the plan. The plan is then not public, whatever
    /// `is_public` is. Absent or null: `is_public` decides.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    offered_to: Option<OrgId>,
    /// Length of the free trial of a new subscriber in days, up to 730. Default: 0, no trial.
    #[serde(default)]
    #[schema(maximum = 730)]
    trial_days: u32,
    /// Whether to create a default plan even if live calls of organisations that have used more
    /// units than it includes are then refused immediately. If false, such a plan is refused with
    /// `validation_failed`. Default: false.
    #[serde(default)]
    confirm: bool,
}

/// List the plans of a product
///
/// Returns all plans of the product with all their versions, lowest price first and archived ones
/// last. Returns `not_found` if the product does not exist.
#[utoipa::path(get, path = "/admin/api/v1/products/{id}/plans", operation_id = "listPlans", tag = "Plans",
    responses((status = 200, description = "All plans with all their versions", body = Vec<Plan>)))]
pub async fn list(
    State(app): State<App>,
    _: Admin,
    Id(product): Id<String>,
) -> Result<Json<Vec<Plan>>, ApiError> {
    products::check_exists(&app.db, &product).await?;
    Ok(Json(plans::list(&app.db, &product).await?))
}

/// Create a plan
///
/// Creates a plan, or the next version of the plan with this name. Subscribers of the previous
/// version keep that version. If the plan exists with the same terms, it is returned with status
/// 200 and nothing is changed, so you can repeat the request. Returns `not_found` if the product
/// does not exist, and `validation_failed` if a field is not valid or if `confirm` is required.
#[utoipa::path(post, path = "/admin/api/v1/products/{id}/plans", operation_id = "createPlan", tag = "Plans",
    request_body = NewPlan,
    responses((status = 200, description = "The existing plan, which has the same terms; nothing was changed", body = Plan), (status = 201, description = "The new plan or version", body = Plan)))]
pub async fn create(
    State(app): State<App>,
    operator: Admin,
    Id(product): Id<String>,
    Json(new): Json<NewPlan>,
) -> Result<(StatusCode, Json<Plan>), ApiError> {
    products::check_exists(&app.db, &product).await?;
    if new.overage.is_some() && new.tiers.is_some() {
        return Err(Error::field(
            "body.tiers",
            "invalid_value",
            "Send `overage` or `tiers`, not both.",
        )
        .into());
    }
    let is_confirmed = new.confirm;
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
        prices: new
            .tiers
            .unwrap_or_else(|| Prices::after(new.included_units, new.overage.unwrap_or_default())),
        key_rate: new.key_rate,
        org_rate: new.org_rate,
    };
    if app.biller.stripe().is_some() {
        billing::check_chargeable(&plan).map_err(Error::in_body)?;
    }
    if !is_confirmed {
        plans::check_default(&app.db, &plan, operator.now).await.map_err(Error::in_body)?;
    }
    let (plan, is_new) =
        plans::create_once(&app.db, plan, &operator, operator.now).await.map_err(Error::in_body)?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(plan)))
}

/// Archive a plan
///
/// Archives a plan: nobody can subscribe to it any more, and its subscribers keep it. You cannot
/// undo this. Returns `not_found` if the id does not exist, and `conflict` for the default plan,
/// which cannot be archived.
#[utoipa::path(post, path = "/admin/api/v1/plans/{id}/archive", operation_id = "archivePlan", tag = "Plans",
    responses((status = 200, description = "The archived plan", body = Plan)))]
pub async fn archive(
    State(app): State<App>,
    operator: Admin,
    Id(id): Id<PlanId>,
) -> Result<Json<Plan>, ApiError> {
    Ok(Json(plans::archive(&app.db, &id, &operator, operator.now).await?))
}
