//! `/admin/api/v1/products/{id}/plans`, also for the product `platform`.

use axum::extract::State;
use axum::http::StatusCode;
use tollgate_types::id::PlanId;
use tollgate_types::plan::{NewPlan, Plan};

use super::extract::Admin;
use crate::api::extract::{Id, Json};
use crate::problem::ApiError;
use crate::{App, Error, billing, plans, products};

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
    let new = NewPlan { product, ..new };
    if app.biller.stripe().is_some() {
        billing::check_chargeable(&new).map_err(Error::in_body)?;
    }
    if !new.confirm {
        plans::check_default(&app.db, &new, operator.now).await.map_err(Error::in_body)?;
    }
    let (plan, is_new) =
        plans::create_once(&app.db, new, &operator, operator.now).await.map_err(Error::in_body)?;
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
