//! `/admin/api/v1/tokens`. Tokens can only be created on the admin pages and the command line: a
//! leaked token must not be able to create others that outlive it.

use axum::extract::State;
use tollgate_types::admin::AdminTokenView;
use tollgate_types::id::AdminTokenId;

use super::extract::Admin;
use crate::api::extract::{Id, Json};
use crate::problem::ApiError;
use crate::{App, admin};

/// List admin tokens
///
/// Returns all admin tokens, newest first, without their secrets. Revoked tokens are listed for 90
/// days.
#[utoipa::path(get, path = "/admin/api/v1/tokens", operation_id = "listAdminTokens", tag = "Admin tokens",
    responses((status = 200, description = "All admin tokens", body = Vec<AdminTokenView>)))]
pub async fn list(
    State(app): State<App>,
    operator: Admin,
) -> Result<Json<Vec<AdminTokenView>>, ApiError> {
    Ok(Json(admin::list_tokens(&app.db, &operator).await?))
}

/// Revoke an admin token
///
/// Revokes the token immediately and permanently. You cannot undo this. Returns `not_found` if the
/// id does not exist.
#[utoipa::path(post, path = "/admin/api/v1/tokens/{id}/revoke", operation_id = "revokeAdminToken", tag = "Admin tokens",
    responses((status = 200, description = "The revoked token", body = AdminTokenView)))]
pub async fn revoke(
    State(app): State<App>,
    operator: Admin,
    Id(id): Id<AdminTokenId>,
) -> Result<Json<AdminTokenView>, ApiError> {
    Ok(Json(admin::revoke_token(&app.db, &operator, &id, operator.now).await?))
}
